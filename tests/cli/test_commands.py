"""The command line in one process: what each command prints, and what it ends with."""

import errno
import io
import json
import re
import sys

import numpy as np
import pytest
import soundfile

import mixerkit
from mixerkit.cli.app import run
from tests.conftest import TINY

COMMANDS = [
    *("train", "evaluate", "predict", "compare", "study", "report", "check", "show", "draw", "list"),
    *("info", "plugins", "test-operator", "schema", "data", "new"),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    (folder / "tiny.yaml").write_text(TINY)
    assert run(["train", str(folder / "tiny.yaml"), "--out", str(folder / "run")]) == 0
    return folder / "run"


def test_help_names_every_command(call):
    code, out, _ = call("--help")
    assert code == 0
    commands = out.split("Commands:")[1]
    assert re.findall(r"^  ([\w-]+) ", commands, flags=re.M) == COMMANDS
    assert "..." not in commands


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(call, command):
    code, out, _ = call(command, "--help")
    assert code == 0
    assert f"mixerkit {command}" in out
    assert call(command, "-h")[:2] == (code, out)


def test_the_version_is_the_packages(call):
    assert call("--version") == (0, f"mixerkit {mixerkit.__version__}\n", "")


def test_a_misspelt_command_is_a_usage_error(call):
    code, _, err = call("trian")
    assert code == 2
    assert "Did you mean 'train'?" in err


# check


def test_check_shows_stages(call, recipes):
    code, out, _ = call("check", recipes / "asm_rh.yaml", recipes / "paper" / "urbansound8k.yaml")
    assert code == 0
    assert re.search(r"blocks 0-11\s+12 x 50 x 768  \(N 600\)\s+x 12\s+62,247,456\s+72\.47 G", out)
    assert out.splitlines()[-1].split() == ["total", "62,454,058", "72.71", "G"]


def test_check_each(call, recipes, tmp_path):
    files = sorted(recipes.glob("*.yaml"))
    code, out, _ = call("check", "--each", *files)
    assert code == 0
    assert len(out.splitlines()) == len(files) >= 7
    bad = tmp_path / "bad.yaml"
    bad.write_text(TINY.replace("dim:", "dimm:"))
    code, out, err = call("check", "--each", files[0], bad)
    assert code == 2
    assert len(out.splitlines()) == 1
    assert "dimm" in err


def test_a_mistake_is_a_clear_error_of_few_lines_without_traceback(call, tiny):
    text = TINY.replace("[hermit-frequency, roll-time]", "[hermit-frequncy, roll-time]")
    tiny.write_text(text.replace("epochs: 2", "epoch: 2"))
    code, out, err = call("check", tiny)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    lines = err.splitlines()
    assert len(lines) <= 15
    assert lines[0] == f"{tiny}:10  model.block.operators.0"
    assert lines[1] == "    There is no operator of kind 'hermit-frequncy'."
    assert lines[2].startswith("    Did you mean 'hermit-frequency'? Known: ")
    assert lines[3:5] == [f"{tiny}:11  runner.epoch", "    Unknown key 'epoch'."]
    assert lines[5].startswith("    Did you mean 'epochs'? Allowed here: ")


# show


def test_show_reads_back(call, tiny, tmp_path):
    code, out, _ = call("show", tiny, "--set", "runner.seed=3")
    assert code == 0
    again = tmp_path / "again.yaml"
    again.write_text(out)
    assert call("show", again)[1] == out


def test_show_origin(call, tiny):
    _, out, _ = call("show", tiny, "--origin", "--set", "runner.seed=3")
    assert re.search(r"seed: 3 +# --set runner\.seed=3", out)
    assert re.search(rf"dim: 16 +# {tiny}:6", out)
    assert re.search(r"clip_grad: null +# default", out)


def test_show_difference(call, recipes):
    code, out, _ = call("show", recipes / "asm_h.yaml", "--diff", recipes / "asm_rh.yaml")
    assert code == 0
    keys = [line.split()[0] for line in out.splitlines()[1:]]
    assert keys[:2] == ["name", "model.block.operators.1.kind"]
    assert all(key == "name" or key.startswith("model.block.operators.1.") for key in keys)
    assert call("show", recipes / "asm.yaml", "--diff", recipes / "asm.yaml")[1] == "They say the same.\n"


# train, evaluate, predict, compare


def test_train_without_a_recipe(call):
    code, _, err = call("train")
    assert code == 2
    assert "mixerkit list recipes" in err


def test_train_prints_plain_lines_without_a_terminal(call, tiny, tmp_path):
    code, out, _ = call("train", tiny, "--out", tmp_path / "run")
    assert code == 0
    assert "\x1b" not in out
    assert "\r" not in out
    assert re.search(r"epoch +2/2  loss \d\.\d+  val accuracy 0\.\d+  auc 0\.\d+ .* clips/s", out)
    assert "it ranks no mixers" in out
    assert re.search(r"test accuracy 0\.\d{4}, AUC 0\.\d{4} \(20 clips, best epoch \d of 2", out)


def test_train_writes_for_tensorboard_where_asked(call, tiny, tmp_path):
    assert call("train", tiny, "--out", tmp_path / "run", "--tensorboard")[0] == 0
    assert list((tmp_path / "run" / "tensorboard").glob("events.out.tfevents.*"))


def test_resume_takes_nothing_beside_it(call, trained, tiny):
    assert call("train", tiny, "--resume", trained)[0] == 2
    code, _, err = call("train", "--resume", trained)
    assert code == 2
    assert "finished" in err


def test_evaluate(call, trained):
    code, out, _ = call("evaluate", trained)
    summary = json.loads((trained / "summary.json").read_text())
    assert code == 0
    for name in ("accuracy", "auc", "balanced_accuracy", "macro_f1", "map"):
        assert re.search(rf"^test/{name} +{summary['test/' + name]:.4f}$", out, flags=re.M)
    assert re.search(r"clips +20\nscores +softmax\n", out)
    assert re.search(r"siren +\d\.\d{3}( +(\d\.\d{3}|-)){2} +\d\.\d{3} +2\n", out)
    assert "val/auc" in call("evaluate", trained, "--split", "val")[1]


def test_evaluate_writes_what_training_wrote(call, trained, tmp_path):
    assert call("evaluate", trained, "--json", tmp_path / "again.json")[0] == 0
    assert (tmp_path / "again.json").read_text() == (trained / "test.json").read_text()
    code, _, err = call("evaluate", trained, "--json", tmp_path / "nowhere" / "again.json")
    assert code == 3
    assert "cannot be written" in err


def test_compare(call, trained):
    code, out, _ = call("compare", trained, trained)
    summary = json.loads((trained / "summary.json").read_text())
    assert code == 0
    assert re.search(rf"^test/macro_f1( +{summary['test/macro_f1']:.4f}){{2}}$", out, flags=re.M)
    assert re.search(rf"^parameters( +{summary['parameters']:,}){{2}}$", out, flags=re.M)
    assert out.endswith("\n\nTheir recipes are the same.\n")


def test_predict(call, trained, tmp_path):
    for name, rate in (("a.wav", 16_000), ("b.flac", 44_100)):
        soundfile.write(tmp_path / name, np.sin(np.arange(rate // 2) / 20.0) * 0.3, rate)
    code, out, _ = call("predict", trained, tmp_path / "a.wav", tmp_path / "b.flac", "--top", 2)
    assert code == 0
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[0] for row in rows] == [str(tmp_path / "a.wav"), str(tmp_path / "b.flac")]
    assert all(0 <= float(row[4]) <= float(row[2]) <= 1 for row in rows)
    _, out, _ = call("predict", trained, tmp_path / "a.wav", "--json")
    assert json.loads(out)["top"][0]["label"] == rows[0][1]


def test_predict_says_which_files_failed_and_does_the_others(call, trained, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.sin(np.arange(8000) / 20.0) * 0.3, 16_000)
    (tmp_path / "bad.wav").write_text("no sound")
    code, out, err = call("predict", trained, tmp_path / "bad.wav", tmp_path / "a.wav", tmp_path / "none.wav")
    assert code == 3
    assert len(out.splitlines()) == 1
    assert "bad.wav" in err
    assert "none.wav" in err
    assert "2 of 3 files" in err


def test_bad_recordings_end_with_3(call, tiny, tmp_path):
    for label in ("a", "b"):
        (tmp_path / "data" / label).mkdir(parents=True)
        (tmp_path / "data" / label / "x.wav").write_bytes(b"")
    overlay = ["--set", f"data={{kind: folder, root: {tmp_path / 'data'}}}"]
    code, _, err = call("train", tiny, *overlay)
    assert code == 3
    assert "No clip is left for" in err


def test_a_bug_of_ours_ends_with_1_and_says_so(call, tiny, monkeypatch):
    import mixerkit.assembly

    monkeypatch.setattr(mixerkit, "describe", None, raising=False)
    code, _, err = call("check", tiny)
    assert code == 1
    assert "bug of mixerkit" in err


@pytest.mark.parametrize("words", [["predict", "RUN", "FILE", "FILE"], ["list", "operators"], ["show", "recipes/asm.yaml"]])
def test_a_reader_that_has_read_enough_is_no_mistake(trained, tmp_path, monkeypatch, words):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(errno.EPIPE, "closed")

    soundfile.write(tmp_path / "a.wav", np.sin(np.arange(8000) / 20.0) * 0.3, 16_000)
    monkeypatch.setattr(sys, "stdout", Closed())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert run([{"RUN": str(trained), "FILE": str(tmp_path / "a.wav")}.get(word, word) for word in words]) == 0

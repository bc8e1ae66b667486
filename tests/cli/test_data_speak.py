"""data speak: a corpus by espeak-ng (a stand-in here), and a recipe trained on it as it says."""

import re

from mixerkit import Run
from mixerkit.cli.app import run
from mixerkit.datasets import spoken
from tests.datasets.test_spoken import fake


def test_a_spoken_corpus_is_trained_on_as_it_says(tiny, tmp_path, monkeypatch, capsys):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", fake(tmp_path / "bin"))
    monkeypatch.setattr(spoken, "NOISE_SECONDS", 2)
    words = ["data", "speak", str(tmp_path / "corpus"), "--words", "yes,no", "--voices", "6", "--noise-db", "10"]
    assert run(words) == 0
    message = capsys.readouterr().out
    assert "24 recordings in" in message
    setting = re.search(r"--set '(.*)'", message).group(1)
    out = tmp_path / "run"
    assert run(["train", str(tiny), "--set", setting, "--set", "runner.epochs=1", "--out", str(out)]) == 0
    assert Run.open(out).summary["protocol"] == "speech-commands lists"
    assert run(words) == 2
    assert "Something is there already" in capsys.readouterr().err


def test_without_espeak_it_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["data", "speak", str(tmp_path / "corpus")]) == 2
    assert "apt-get install espeak-ng" in capsys.readouterr().err
    assert run(["data", "speak", str(tmp_path / "corpus"), "--noise-db", "loud"]) == 2
    assert "--noise-db" in capsys.readouterr().err

"""Trials: what is finished is left alone, what failed is shown and tried again, and the others go on meanwhile."""

import csv
import shutil

import pytest
from filelock import FileLock

import mixerkit
from mixerkit import Run
from mixerkit.errors import DataError, DivergedError, Interrupted, OutOfMemoryError, PluginError, Problem
from mixerkit.runner import fit
from mixerkit.study import StudyIncomplete, run_study
from mixerkit.study import run as running
from mixerkit.study.folder import StudyFolder
from tests.registry.test_faulty_plugins import PLUGIN, SOUND
from tests.study.conftest import ONE_EPOCH, REVERSED, contents
from tests.study.test_plan import is_error

FOUR = ["tiny, seed 0", "reversed, seed 0", "tiny, seed 1", "reversed, seed 1"]


def states(study):
    return {trial.name: study.state(trial) for trial in study.plan.trials}


def rows_of(folder):
    return {row["recipe"]: row for row in csv.DictReader((folder / "table.csv").open())}


def refused(*_, **__):
    raise AssertionError("trained again")


def test_every_trials_is_a_run_of_its_own_settings_and_the_table_holds_their_figures(done):
    study = mixerkit.Study.open(done.out)
    assert states(study) == dict.fromkeys(FOUR, "finished")
    accuracies = {}
    for trial in study.plan.trials:
        run = Run.open(study.run(trial))
        operators = run.recipe.as_dict()["model"]["block"]["operators"]
        assert operators[0]["kind"] == {"tiny": "hermit-frequency", "reversed": "roll-time"}[trial.row]
        assert run.recipe.runner.seed == trial.seed
        accuracies.setdefault(trial.row, []).append(run.summary["test/accuracy"])
    for row, values in accuracies.items():
        assert float(rows_of(done.out)[row]["test/accuracy"]) == pytest.approx(sum(values) / 2, abs=1e-12)


def test_what_is_finished_is_never_trained_again(done, call, monkeypatch):
    before = contents(done.out / "trials")
    table = (done.out / "table.csv").read_text()
    monkeypatch.setattr(running, "train", refused)
    monkeypatch.setattr(running, "resume", refused)
    code, out, err = call("study", done.file, "--out", done.out)
    assert (code, err) == (0, "")
    assert "4 trials, 4 finished" in out
    assert contents(done.out / "trials") == before
    assert (done.out / "table.csv").read_text() == table


def test_a_moved_study_goes_on_with_more_seeds_and_trains_only_those(done, tmp_path, pretended, monkeypatch):
    shutil.copytree(done.path, tmp_path / "moved")
    (tmp_path / "moved" / "try.yaml").write_text(done.file.read_text().replace("[0, 1]", "[2, 0, 1]"))
    before = contents(tmp_path / "moved" / "out" / "trials")
    monkeypatch.chdir(tmp_path)
    study = run_study("moved/try.yaml", out="moved/out")
    assert len(pretended.trained) == 2
    assert set(states(study).values()) == {"finished"}
    after = contents(tmp_path / "moved" / "out" / "trials")
    assert {path: after[path] for path in before} == before


def test_a_trials_that_diverges_is_shown_with_its_code_and_the_others_go_on(workspace, call):
    wild = '{recipe: tiny.yaml, name: wild, set: ["runner.optimizer={kind: sgd, lr: 1e15}", "runner.epochs=3"]}'
    workspace.study(recipes=f"[{wild}, tiny.yaml]", seeds="[0]")
    result = call("study", workspace.file, "--out", workspace.out)
    is_error(result, 4, "wild, seed 0", "1 of 2 trials failed", "The same command tries them again", "no update was made of it")
    study = mixerkit.Study.open(workspace.out)
    assert states(study) == {"wild, seed 0": "failed", "tiny, seed 0": "finished"}
    ((trial, failure),) = study.failed().items()
    assert (trial.row, failure.exit_code) == ("wild", 4)
    assert (rows_of(workspace.out)["wild"]["finished"], rows_of(workspace.out)["tiny"]["finished"]) == ("0", "1")
    assert "0 of 1" in (workspace.out / "table.md").read_text()
    kept = contents(study.run(study.plan.trials[1]))
    assert call("study", workspace.file, "--out", workspace.out)[0] == 4
    assert contents(study.run(study.plan.trials[1])) == kept


def test_a_trials_without_its_data_is_tried_again_when_the_data_is_there(workspace, call, tmp_path):
    from tests.datasets.miniatures import folder

    text = ONE_EPOCH.replace(
        "{kind: synthetic-events, train: 3, val: 2, test: 2, seconds: 0.5}", f"{{kind: folder, root: {tmp_path / 'words'}}}"
    )
    (workspace.path / "words.yaml").write_text(text.replace("name: tiny", "name: words"))
    workspace.study(recipes="[words.yaml, tiny.yaml]", seeds="[0]")
    is_error(
        call("study", workspace.file, "--out", workspace.out), 3, "words, seed 0", "There is no folder", "1 of 2 trials failed"
    )
    study = mixerkit.Study.open(workspace.out)
    assert states(study) == {"words, seed 0": "failed", "tiny, seed 0": "finished"}
    folder(tmp_path / "words")
    code, out, _ = call("study", workspace.file, "--out", workspace.out)
    assert (code, out.count("epoch   1/1")) == (0, 1)
    assert set(states(study).values()) == {"finished"}
    assert not study.failed()
    assert not list((workspace.out / "failed").iterdir())


def test_a_trials_that_was_stopped_goes_on_where_its_data_lies_now(workspace, call, tmp_path, monkeypatch):
    from tests.datasets.miniatures import folder

    words = "{kind: folder, root: nowhere}"
    text = ONE_EPOCH.replace("{kind: synthetic-events, train: 3, val: 2, test: 2, seconds: 0.5}", words)
    (workspace.path / "tiny.yaml").write_text(text.replace("epochs: 1", "epochs: 2"))
    workspace.study(recipes="[tiny.yaml]", seeds="[0]")
    folder(tmp_path / "here")
    original = fit.Training._finish_epoch

    def stopped(self, *arguments):
        original(self, *arguments)
        raise Interrupted(15, Problem("run", "stopped"))

    with monkeypatch.context() as patch:
        patch.setattr(fit.Training, "_finish_epoch", stopped)
        assert call("study", workspace.file, "--out", workspace.out, "--set", f"data.root={tmp_path / 'here'}")[0] == 143
    shutil.move(tmp_path / "here", tmp_path / "there")
    code, out, _ = call("study", workspace.file, "--out", workspace.out, "--set", f"data.root={tmp_path / 'there'}")
    assert code == 0
    assert (out.count("epoch   1/2"), out.count("epoch   2/2")) == (0, 1)


def write_plugin(workspace, forward):
    """Its own for every test: the same content is loaded once per process, from where it lay first."""
    (workspace.path / "mine.py").write_text(PLUGIN.format(**{**SOUND, "forward": forward}) + f"# {workspace.path}\n")


def plugged(workspace, forward):
    write_plugin(workspace, forward)
    (workspace.path / "mine.yaml").write_text(ONE_EPOCH.replace("[hermit-frequency, roll-time]", "[mine]") + "plugins: [mine]\n")
    return workspace.study(recipes="[{recipe: mine.yaml, name: mine}, tiny.yaml]", seeds="[0]")


@pytest.mark.parametrize(
    "fault", [f"{fault} if self.training and len(x) == 8 else self.weight * x" for fault in ("1 / 0", "sys.exit(3)")]
)
def test_a_plugin_that_raises_fails_its_own_trials_and_trains_once_mended(workspace, call, fault):
    plugged(workspace, fault)
    is_error(call("study", workspace.file, "--out", workspace.out), 2, "mine, seed 0", "mine.py", "1 of 2 trials failed")
    assert states(mixerkit.Study.open(workspace.out)) == {"mine, seed 0": "failed", "tiny, seed 0": "finished"}
    plugged(workspace, "self.weight * x")
    code, out, _ = call("study", workspace.file, "--out", workspace.out)
    assert (code, out.count("epoch   1/1")) == (0, 1)
    assert set(states(mixerkit.Study.open(workspace.out)).values()) == {"finished"}


def test_a_plugin_that_is_edited_while_the_study_runs_is_not_trained_under_the_old_id(workspace, call, monkeypatch):
    """The run directory would hold a copy of code that was not trained."""
    plugged(workspace, "self.weight * x")
    workspace.study(recipes="[{recipe: mine.yaml, name: mine}]", seeds="[0, 1]")
    original = running.train

    def edited(recipe, out):
        original(recipe, out=out)
        write_plugin(workspace, "2 * self.weight * x")

    with monkeypatch.context() as patch:
        patch.setattr(running, "train", edited)
        is_error(call("study", workspace.file, "--out", workspace.out), 2, "mine, seed 1", "mine.py", "It was edited since")
    assert call("study", workspace.file, "--out", workspace.out)[0] == 0
    for path in (workspace.out / "trials").glob("*/"):
        run = Run.open(path)
        assert mixerkit.study.plan.trial_id(run.recipe) == path.name


def test_the_study_ends_with_the_code_of_the_first_failure_in_the_order_of_trials(workspace, call, pretended):
    pretended.failing = {'"seed": 1': DataError(Problem("data", "gone")), '"seed": 2': OutOfMemoryError(Problem("cpu", "full"))}
    workspace.study(seeds="[0, 2, 1]")
    is_error(call("study", workspace.file, "--out", workspace.out), 5, "gone", "full", "4 of 6 trials failed")
    assert len(pretended.trained) == 6
    del pretended.failing['"seed": 2']
    is_error(call("study", workspace.file, "--out", workspace.out), 3, "gone", "2 of 6 trials failed")
    assert len(pretended.trained) == 10
    pretended.failing.clear()
    assert call("study", workspace.file, "--out", workspace.out)[0] == 0
    assert len(pretended.trained) == 12
    assert len(set(pretended.trained)) == 6


def test_fail_fast_ends_with_the_first_failure(workspace, call, pretended):
    pretended.failing = {'"seed": 1': DivergedError(Problem("run", "not finite"))}
    workspace.study(seeds="[0, 1, 2]")
    is_error(call("study", workspace.file, "--out", workspace.out, "--fail-fast"), 4, "not finite")
    assert len(pretended.trained) == 3
    study = mixerkit.Study.open(workspace.out)
    assert list(states(study).values()) == ["finished", "finished", "failed", "waiting", "waiting", "waiting"]
    assert [trial.name for trial in study.failed()] == ["tiny, seed 1"]
    assert {row["finished"] for row in rows_of(workspace.out).values()} == {"1"}
    with pytest.raises(StudyIncomplete) as caught:
        run_study(workspace.file, out=workspace.out)
    assert caught.value.exit_code == 4
    assert len(pretended.trained) == 3 + 4


def test_an_interrupt_ends_the_study_and_is_no_failure(workspace, call, pretended):
    pretended.failing = {'"seed": 1': Interrupted(15, Problem("run", "stopped"))}
    workspace.study()
    is_error(call("study", workspace.file, "--out", workspace.out), 143, "stopped")
    assert len(pretended.trained) == 3
    assert list(states(mixerkit.Study.open(workspace.out)).values()) == ["finished", "finished", "waiting", "waiting"]


def test_an_old_failure_is_forgotten_once_its_trials_is_under_way(workspace, pretended):
    """A stop in the second try must not leave the letter of the first beside it."""
    workspace.study(seeds="[0]", recipes="[tiny.yaml]")
    pretended.failing = {"tiny": DataError(Problem("data", "gone"))}
    with pytest.raises(StudyIncomplete, match="gone"):
        run_study(workspace.file, out=workspace.out)
    pretended.failing = {"tiny": Interrupted(15, Problem("run", "stopped"))}
    with pytest.raises(Interrupted):
        run_study(workspace.file, out=workspace.out)
    assert not mixerkit.Study.open(workspace.out).failed()


def test_a_signal_in_the_last_moments_of_a_trials_ends_the_study_before_the_next(workspace, call, monkeypatch):
    """After the last look of a training nobody else asks: the trial ends well, and the study would go on as if nothing came."""
    import os
    import signal

    original = fit.Training._finish_epoch

    def late(self, *arguments):
        original(self, *arguments)
        os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(fit.Training, "_finish_epoch", late)
        workspace.study()
        is_error(call("study", workspace.file, "--out", workspace.out), 143, "same command")
    assert list(states(mixerkit.Study.open(workspace.out)).values()) == ["finished", "waiting", "waiting", "waiting"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_trials_that_another_process_holds_is_left_to_it(workspace, call, pretended):
    workspace.study()
    trials = mixerkit.plan_study(workspace.file).trials
    pretended.failing = {'"seed": 0': Interrupted(15, Problem("run", "stopped"))}
    call("study", workspace.file, "--out", workspace.out)
    pretended.failing, pretended.trained = {}, []
    with FileLock(workspace.out / "trials" / f"{trials[2].id}.lock"):
        code, out, _ = call("study", workspace.file, "--out", workspace.out)
    assert code == 0
    assert "1 trial left to the other processes" in out
    assert "1 of 2" in (workspace.out / "table.md").read_text()
    assert pretended.trained == [trials[0].id, trials[1].id, trials[3].id]
    assert call("study", workspace.file, "--out", workspace.out)[0] == 0
    assert pretended.trained == [trials[0].id, trials[1].id, trials[3].id, trials[2].id]


def test_a_trials_that_another_process_has_finished_meanwhile_is_not_trained_again(workspace, pretended, monkeypatch):
    """Between the look at a trial and holding it, the other process may have come to its end."""
    workspace.study(seeds="[0]")
    original = StudyFolder.held

    def slow(self, trial):
        if not self.run(trial).exists():
            pretended.train(mixerkit.Recipe.load(workspace.path / "tiny.yaml"), self.run(trial))
        return original(self, trial)

    monkeypatch.setattr(StudyFolder, "held", slow)
    study = run_study(workspace.file, out=workspace.out)
    assert len(pretended.trained) == 2
    assert set(states(study).values()) == {"finished"}


def test_a_bug_of_ours_is_no_failed_trials(workspace, pretended):
    pretended.failing = {"tiny": ZeroDivisionError()}
    with pytest.raises(ZeroDivisionError):
        run_study(workspace.study(), out=workspace.out)
    assert not mixerkit.Study.open(workspace.out).failed()


def test_a_faulty_plugin_is_reported_from_python_too(workspace):
    plugged(workspace, "1 / 0 if self.training and len(x) == 8 else self.weight * x")
    with pytest.raises(StudyIncomplete, match=r"mine\.py") as caught:
        run_study(workspace.file, out=workspace.out)
    assert caught.value.exit_code == PluginError.exit_code


def test_the_default_folder_is_the_studys_name(workspace, pretended, monkeypatch):
    monkeypatch.chdir(workspace.path)
    assert run_study(workspace.study(recipes=f"[{REVERSED}]")).path.as_posix() == "studies/try"

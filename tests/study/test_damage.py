"""What a kill or a damaged file leaves of a study: the same command goes on with it, or says what is wrong."""

import shutil

import pytest
from filelock import FileLock

import mixerkit
from mixerkit import atomic
from mixerkit.errors import Interrupted, Problem
from mixerkit.study import run_study
from tests.study.conftest import contents
from tests.study.test_plan import is_error
from tests.study.test_trials import rows_of


class Killed(BaseException):
    """As a process ends that is killed: nothing after it is written."""


@pytest.mark.parametrize("before", [True, False], ids=["before it is written", "after"])
def test_killed_at_any_write_the_same_command_goes_on(workspace, pretended, monkeypatch, before):
    """The process dies at its n-th file, leaving half of a draft; for every n."""
    workspace.study(seeds="[0]")
    whole_table = run_study(workspace.file, out=workspace.path / "whole").path / "table.csv"
    original, n = atomic.write_file, 0
    while True:
        n, count, out = n + 1, [], workspace.path / f"killed at {n}"

        def write(path, fill, count=count, n=n):
            count.append(path)
            if len(count) == n and not before:
                original(path, fill)
            if len(count) >= n:
                path.with_name(f".{path.name}.1").write_text("hal")
                raise Killed
            original(path, fill)

        with monkeypatch.context() as patch:
            patch.setattr(atomic, "write_file", write)
            try:
                run_study(workspace.file, out=out)
            except Killed:
                pass
            else:
                break
        kept = {path: contents(path.parent) for path in out.glob("trials/*/status.json")}
        run_study(workspace.file, out=out)
        assert (out / "table.csv").read_text() == whole_table.read_text(), count[-1]
        for path, before_ in kept.items():
            assert {file: held for file, held in contents(path.parent).items() if file in before_} == before_
    assert n > 12


def test_half_a_run_directory_that_a_kill_left_is_cleared_away(workspace, pretended):
    workspace.study()
    trial, other = mixerkit.plan_study(workspace.file).trials[:2]
    pretended.failing = {"tiny": Interrupted(15, Problem("run", "stopped"))}
    with pytest.raises(Interrupted):
        run_study(workspace.file, out=workspace.out)
    pretended.failing = {}
    (workspace.out / "trials" / f".{trial.id}.4711" / "plugins").mkdir(parents=True)
    (workspace.out / "trials" / f".{other.id}.4711").mkdir()
    with FileLock(workspace.out / "trials" / f"{other.id}.lock"):
        run_study(workspace.file, out=workspace.out)
    assert [path.name for path in (workspace.out / "trials").glob(".*")] == [f".{other.id}.4711"]  # another process fills it


@pytest.mark.parametrize("damage", ["", "{", '{"test/accuracy": 0.5}', None])
def test_a_damaged_result_is_a_clear_error_and_nothing_is_trained_over_it(done, tmp_path, call, damage, pretended):
    shutil.copytree(done.out, tmp_path / "out")
    study = mixerkit.Study.open(tmp_path / "out")
    path = study.run(study.plan.trials[1]) / "summary.json"
    path.unlink() if damage is None else path.write_text(damage)
    (done.path / "more.yaml").write_text(done.file.read_text().replace("[0, 1]", "[0, 1, 2]"))
    is_error(call("study", done.path / "more.yaml", "--out", tmp_path / "out"), 3, str(path))
    assert not pretended.trained


@pytest.mark.parametrize("damage", ["", "{", '{"state": "finished"}'])
def test_a_damaged_status_fails_its_trials_and_no_other(done, tmp_path, call, damage):
    shutil.copytree(done.out, tmp_path / "out")
    study = mixerkit.Study.open(tmp_path / "out")
    (study.run(study.plan.trials[1]) / "status.json").write_text(damage)
    is_error(call("study", done.file, "--out", tmp_path / "out"), 3, "reversed, seed 0", "status.json", "1 of 4 trials failed")
    (study.run(study.plan.trials[1]) / "status.json").unlink()  # then the checkpoint knows: nothing is trained, it is tested
    code, out, _ = call("study", done.file, "--out", tmp_path / "out")
    assert (code, out.count("epoch   1/1")) == (0, 0)
    before, after = rows_of(done.out)["reversed"], rows_of(tmp_path / "out")["reversed"]
    assert {k: v for k, v in after.items() if k != "seconds"} == {k: v for k, v in before.items() if k != "seconds"}

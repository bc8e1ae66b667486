"""What comes from outside a study's file: a recipe of one's own, all that the file could say of one, settings by hand."""

import mixerkit
from mixerkit.study.plan import make_plan
from tests.study.test_plan import is_error


def test_a_recipe_of_ones_own_is_one_more_row_and_only_its_trials_are_trained(
    workspace, pretended, call, monkeypatch, tmp_path_factory
):
    work = tmp_path_factory.mktemp("work")
    monkeypatch.chdir(work)
    (work / "mine.yaml").write_text(
        workspace.path.joinpath("tiny.yaml").read_text().replace("dim: 16", "dim: 32").replace("tiny", "mine")
    )
    mixerkit.run_study(workspace.study(), out=workspace.out)
    before = list(pretended.trained)
    code, out, _ = call("study", workspace.file, "--recipe", "mine.yaml", "--out", workspace.out)
    assert code == 0
    plan = mixerkit.plan_study(workspace.file, recipes=[work / "mine.yaml"])
    own = [trial.id for trial in plan.trials if trial.row == "mine"]
    assert plan.rows == ("tiny", "reversed", "mine")
    assert pretended.trained == before + own
    assert len(own) == 2
    assert "| mine" in out
    assert "| mine" in (workspace.out / "table.md").read_text()
    assert call("study", workspace.file, "--recipe", "none.yaml", "--plan")[0] == 2


def test_a_row_of_ones_own_may_say_what_a_study_says_of_one(workspace, call, monkeypatch):
    monkeypatch.chdir(workspace.study().parent)
    row = "{recipe: tiny.yaml, name: wider, set: [model.dim=32]}"
    code, out, _ = call("study", workspace.file, "--recipe", row, "--plan")
    assert code == 0
    assert out.count("  wider, seed ") == 2
    plan, recipes = make_plan(workspace.file, recipes=[row])
    assert {recipes[trial.id].model.dim for trial in plan.trials if trial.row == "wider"} == {32}
    code, _, err = call("study", workspace.file, "--recipe", "{recipe: tiny.yaml, name: x, published: AST}", "--plan")
    assert code == 2
    assert "--recipe:1  published" in err
    code, _, err = call("study", workspace.file, "--recipe", "{recipe: tiny.yaml, nmae: wider}", "--plan")
    assert code == 2
    assert "--recipe:1  nmae" in err
    assert "Did you mean 'name'?" in err


def test_a_seed_by_hand_is_not_lost_without_a_word(workspace, call, monkeypatch):
    monkeypatch.chdir(workspace.path)
    is_error(call("study", workspace.study(), "--plan", "--set", "runner.seed=7"), 2, "--set", "runner.seed", "seeds in")
    own = "{recipe: tiny.yaml, set: [runner.seed=7]}"
    is_error(call("study", workspace.study(), "--plan", "--recipe", own), 2, "--recipe:1  set.0", "runner.seed")

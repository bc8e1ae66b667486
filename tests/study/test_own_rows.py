"""What comes from outside a study's file: a recipe of one's own, all that the file could say of one, settings by hand."""

import mixerkit
from mixerkit.study.plan import make_plan
from tests.study.test_plan import is_letter


def test_a_recipe_of_ones_own_is_one_more_row_and_only_its_cells_are_trained(
    bench, pretended, call, monkeypatch, tmp_path_factory
):
    work = tmp_path_factory.mktemp("work")
    monkeypatch.chdir(work)
    (work / "mine.yaml").write_text(
        bench.path.joinpath("tiny.yaml").read_text().replace("dim: 16", "dim: 32").replace("tiny", "mine")
    )
    mixerkit.run_study(bench.study(), out=bench.out)
    before = list(pretended.trained)
    code, out, _ = call("study", bench.file, "--recipe", "mine.yaml", "--out", bench.out)
    assert code == 0
    plan = mixerkit.plan_study(bench.file, recipes=[work / "mine.yaml"])
    own = [cell.id for cell in plan.cells if cell.row == "mine"]
    assert plan.rows == ("tiny", "reversed", "mine")
    assert pretended.trained == before + own
    assert len(own) == 2
    assert "| mine" in out
    assert "| mine" in (bench.out / "table.md").read_text()
    assert call("study", bench.file, "--recipe", "none.yaml", "--plan")[0] == 2


def test_a_row_of_ones_own_may_say_what_a_study_says_of_one(bench, call, monkeypatch):
    monkeypatch.chdir(bench.study().parent)
    row = "{recipe: tiny.yaml, name: wider, set: [model.dim=32]}"
    code, out, _ = call("study", bench.file, "--recipe", row, "--plan")
    assert code == 0
    assert out.count("  wider, seed ") == 2
    plan, recipes = make_plan(bench.file, recipes=[row])
    assert {recipes[cell.id].model.dim for cell in plan.cells if cell.row == "wider"} == {32}
    code, _, err = call("study", bench.file, "--recipe", "{recipe: tiny.yaml, name: x, published: AST}", "--plan")
    assert code == 2
    assert "--recipe:1  published" in err
    code, _, err = call("study", bench.file, "--recipe", "{recipe: tiny.yaml, nmae: wider}", "--plan")
    assert code == 2
    assert "--recipe:1  nmae" in err
    assert "Did you mean 'name'?" in err


def test_a_seed_by_hand_is_not_lost_without_a_word(bench, call, monkeypatch):
    monkeypatch.chdir(bench.path)
    is_letter(call("study", bench.study(), "--plan", "--set", "runner.seed=7"), 2, "--set", "runner.seed", "seeds in")
    own = "{recipe: tiny.yaml, set: [runner.seed=7]}"
    is_letter(call("study", bench.study(), "--plan", "--recipe", own), 2, "--recipe:1  set.0", "runner.seed")

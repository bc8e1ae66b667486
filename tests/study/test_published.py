"""The published table beside a study: found, and held against it by the right name."""

import mixerkit
from tests.study.test_plan import TABLE, is_error


def test_the_kits_own_published_tables_are_found_from_anywhere(workspace):
    assert (
        mixerkit.plan_study(workspace.study("published: {file: recipes/studies/published.yaml, table: II}\n")).published
        is not None
    )


def test_a_published_model_that_is_not_in_the_table(workspace, call):
    (workspace.path / "table.yaml").write_text(TABLE)
    text = "published: {file: table.yaml, table: III}\n"
    result = call("study", workspace.study(text, recipes="[{recipe: tiny.yaml, published: ASMRH}]"), "--out", workspace.out)
    is_error(result, 2, "try.yaml  published", "no published model 'ASMRH'", "Did you mean 'ASM-RH'?")

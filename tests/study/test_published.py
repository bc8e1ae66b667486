"""The published table beside a study: found, and held against it by the right name."""

import mixerkit
from tests.study.test_plan import TABLE, is_letter


def test_the_kits_own_published_tables_are_found_from_anywhere(bench):
    assert (
        mixerkit.plan_study(bench.study("published: {file: recipes/studies/published.yaml, table: II}\n")).published is not None
    )


def test_a_published_model_that_is_not_in_the_table(bench, call):
    (bench.path / "table.yaml").write_text(TABLE)
    text = "published: {file: table.yaml, table: III}\n"
    result = call("study", bench.study(text, recipes="[{recipe: tiny.yaml, published: ASMRH}]"), "--out", bench.out)
    is_letter(result, 2, "try.yaml  published", "no published model 'ASMRH'", "Did you mean 'ASM-RH'?")

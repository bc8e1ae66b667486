"""Operators made of operators, in a recipe: each mistake is told where it stands, and whatever is read can be read again."""

import pytest

from mixerkit import Recipe
from mixerkit.errors import RecipeError
from mixerkit.recipe import to_yaml
from tests.recipe.test_recipe import problems


@pytest.mark.parametrize(
    ("item", "loc"),
    [
        ("{kind: axial, axs: time, operator: token}", "axs"),
        ("{kind: axial, axis: tim, operator: token}", "axis"),
        ("{kind: axial, axis: time, operator: {kind: token, hidden_ration: 1.0}}", "operator.hidden_ration"),
        ("{kind: axial, axis: time, operator: {kind: conjugate, transfrom: flip, operator: token}}", "operator.transfrom"),
        ("{kind: conjugate, transform: flip, operator: {kind: axial, operator: {kind: token, no: 1}}}", "operator.operator.no"),
        ("{kind: parallel, operators: [token, {kind: axial, axis: tim, operator: token}]}", "operators.1.axis"),
        ("{kind: chain, operators: [{kind: axial, axis: time, operator: {kind: token, no: 1}}]}", "operators.0.operator.no"),
        ("{operator: {kind: axial, axis: tim, operator: token}, norm: none}", "operator.axis"),
        ("{kind: split, operators: [token, {kind: axial, axis: time, operator: shift, no: 1}]}", "operators.1.no"),
        ("{kind: token, norm: none}", "norm"),
        ("{operator: token, nrm: none}", "nrm"),
    ],
)
def test_a_mistake_in_an_operator_made_of_operators_is_reported_where_it_stands(tiny, item, loc):
    assert f"model.block.operators.0.{loc}" in problems(tiny, set=[f"model.block.operators=[{item}]"])


@pytest.mark.parametrize(
    ("item", "loc"),
    [
        ("{kind: attention, heads: 7}", "heads"),
        ("{norm: none, operator: {kind: attention, heads: 7}}", "operator.heads"),
        ("{norm: none, operator: {kind: chain, operators: [token, {kind: attention, heads: 7}]}}", "operator.operators.1.heads"),
        ("{kind: axial, axis: time, operator: {kind: attention, heads: 7}}", "operator.heads"),
        (
            "{kind: chain, operators: [{kind: axial, axis: time, operator: {kind: attention, heads: 7}}]}",
            "operators.0.operator.heads",
        ),
        ("{operator: token, norm: none, skip_scale: 1.0, residual: false}", "skip_scale"),
        ("{kind: axial, axis: time, operator: {kind: chain, operators: []}}", "operator.operators"),
        ("{kind: conjugate, transform: flip, operator: {kind: gated, operators: []}}", "operator.operators"),
        ("{kind: conjugate, transform: flip, operator: {kind: parallel, operators: []}}", "operator.operators"),
    ],
)
def test_what_does_not_fit_in_an_operator_is_reported_where_it_stands_and_can_be_set_there(tiny, item, loc):
    wrong, at = f"model.block.operators=[{item}]", f"model.block.operators.0.{loc}"
    assert set(problems(tiny, set=[wrong])) == {at}
    if loc.endswith("heads"):
        Recipe.load(tiny, set=[wrong, f"{at}=8"])


@pytest.mark.parametrize("item", ["{kind: axial, axis: time, operator: %s}", "{kind: conjugate, transform: flip, operator: %s}"])
def test_what_stands_in_for_a_misspelt_operator_is_error_sourced_for_nothing(tiny, item):
    item %= "{kind: chain, operators: [tokn]}"
    assert set(problems(tiny, set=[f"model.block.operators=[{item}]"])) == {"model.block.operators.0.operator.operators.0"}


@pytest.mark.parametrize("item", ["{operator: tokn, norm: none}", "{kind: axial, axis: time, operator: tokn}"])
def test_what_does_not_fit_is_reported_beside_a_misspelt_operator_inside_of_another(tiny, item):
    found = problems(tiny, set=[f"model.block.operators=[{item}, {{kind: attention, heads: 7}}]"])
    assert set(found) == {"model.block.operators.0.operator", "model.block.operators.1.heads"}


@pytest.mark.parametrize("levels", range(14, 19))
def test_a_recipe_is_never_too_deep_to_be_read_again(tiny, tmp_path, levels):
    item = "{kind: chain, operators: [" * levels + "token" + "]}" * levels
    try:
        recipe = Recipe.load(tiny, set=[f"model.block.operators=[{item}]"])
    except RecipeError as error:
        assert levels > 14
        assert "nested too deeply" in str(error)
        return
    assert levels < 18
    (tmp_path / "again.yaml").write_text(to_yaml(recipe))
    assert Recipe.load(tmp_path / "again.yaml") == recipe

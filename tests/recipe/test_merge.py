"""Overlays and --set: maps merge, a changed kind replaces, strings are kinds, lists replace, plugins unite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.errors import RecipeError
from mixerkit.recipe.merge import apply_set, lay_over
from mixerkit.recipe.tree import read_text


def laid(below, above):
    return lay_over(read_text(below, "below"), read_text(above, "above"))


def put(text, *assignments):
    tree = read_text(text, "r.yaml")
    for assignment in assignments:
        tree = apply_set(tree, assignment)
    return tree


@pytest.mark.parametrize(
    ("below", "above", "merged"),
    [
        ("a: {b: 1, c: 2}", "a: {c: 3}", {"a": {"b": 1, "c": 3}}),
        ("a: {kind: x, b: 1}", "a: {kind: y, c: 2}", {"a": {"kind": "y", "c": 2}}),
        ("a: {kind: x, b: 1}", "a: {kind: x, c: 2}", {"a": {"kind": "x", "b": 1, "c": 2}}),
        ("a: {kind: x, b: 1}", "a: {c: 2}", {"a": {"kind": "x", "b": 1, "c": 2}}),
        ("a: {b: 1}", "a: {kind: x, c: 2}", {"a": {"b": 1, "kind": "x", "c": 2}}),
        ("a: x", "a: {b: 1}", {"a": {"kind": "x", "b": 1}}),
        ("a: x", "a: {kind: y}", {"a": {"kind": "y"}}),
        ("a: {kind: x, b: 1}", "a: x", {"a": {"kind": "x", "b": 1}}),
        ("a: {kind: x, b: 1}", "a: y", {"a": {"kind": "y"}}),
        ("a: x", "a: y", {"a": "y"}),
        ("a: [1, 2]", "a: [3]", {"a": [3]}),
        ("plugins: [p, q]", "plugins: [q, r]", {"plugins": ["p", "q", "r"]}),
        ("a: {b: 1}", "a: null", {"a": None}),
    ],
)
def test_laying_over(below, above, merged):
    assert laid(below, above).data == merged


def test_every_value_keeps_its_origin():
    tree = laid("a: {b: 1, c: 2}\nd: x\n", "\n\na: {c: 3}\nd: {e: 4}\n")
    locs = {("a", "b"): "below:1", ("a", "c"): "above:3", ("d", "kind"): "below:2", ("d", "e"): "above:4"}
    assert {loc: str(tree.origin(loc)) for loc in locs} == locs


def test_what_is_replaced_leaves_no_origin_behind():
    tree = laid("a:\n  - {kind: x, b: 1}\n  - y\n", "\n\na: [{kind: z}]\n")
    assert str(tree.origin(("a", 0, "b"))) == "above:3"
    assert str(tree.origin(("a", 0))) == "above:3"
    tree = put("a: {kind: x, b: 1}\n", "a.kind=y")
    assert str(tree.origin(("a", "kind"))) == "--set a.kind=y"
    assert str(tree.origin(("a", "b"))) == "--set a.kind=y"


def test_united_plugins_keep_the_file_that_names_them():
    tree = laid("plugins: [p]\n", "\nplugins: [q]\n")
    assert [str(tree.origin(("plugins", i))) for i in range(2)] == ["below:1", "above:2"]


@pytest.mark.parametrize(
    ("text", "assignment", "value"),
    [
        ("a: {b: 1}", "a.b=2", {"a": {"b": 2}}),
        ("a: {b: 1}", "a.c.d=2", {"a": {"b": 1, "c": {"d": 2}}}),
        ("x: 1", "a=[no, 1e-3]", {"x": 1, "a": ["no", 1e-3]}),
        ("a: [x, {kind: y, c: 1}]", "a.1.c=5", {"a": ["x", {"kind": "y", "c": 5}]}),
        ("a: [x, y]", "a.0.c=5", {"a": [{"kind": "x", "c": 5}, "y"]}),
        ("a: [x, y]", "a.1=z", {"a": ["x", "z"]}),
        ("a: {kind: x, b: 1}", "a.kind=y", {"a": {"kind": "y"}}),
        ("a: {kind: x, b: 1}", "a.kind=x", {"a": {"kind": "x", "b": 1}}),
        ("a: [{kind: x, b: 1}]", "a.0.kind=y", {"a": [{"kind": "y"}]}),
        ("a: {b: 1}", "a.kind=y", {"a": {"b": 1, "kind": "y"}}),
        ("a: x", "a.b=1", {"a": {"kind": "x", "b": 1}}),
        ("a: {kind: x, b: 1}", "a={kind: y}", {"a": {"kind": "y"}}),
        ("a: 1", "a=b=c", {"a": "b=c"}),
        ("a: {b: 1}", "a.b=", {"a": {"b": None}}),
    ],
)
def test_set(text, assignment, value):
    assert put(text, assignment).data == value


def test_set_is_the_origin_of_what_it_changes_and_of_nothing_else():
    tree = put("a:\n  - x\n  - {kind: y, c: 1}\n", "a.0.d=5", "a.1.c=2")
    assert str(tree.origin(("a", 0, "d"))) == "--set a.0.d=5"
    assert str(tree.origin(("a", 0, "kind"))) == "r.yaml:2"
    assert str(tree.origin(("a", 1, "kind"))) == "r.yaml:3"
    assert str(tree.origin(("a", 1, "c"))) == "--set a.1.c=2"


@pytest.mark.parametrize("assignment", ["a.b", "=1", "a..b=1", "a.5=1", "a.x=1", "a.-1=1", "a.0=[1"])
def test_a_set_that_leads_nowhere_says_so(assignment):
    with pytest.raises(RecipeError, match="--set"):
        put("a: [1, 2]\n", assignment)


KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(st.integers(0, 3) | st.just("word"), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)
MAPS = st.dictionaries(KEYS, VALUES, max_size=3)


def tree_of(data):
    tree = read_text("x: 1", "t")
    return type(tree)(data, {})


@given(MAPS)
def test_laying_a_tree_over_itself_changes_nothing(data):
    assert lay_over(tree_of(data), tree_of(data)).data == data


@given(MAPS, MAPS)
def test_all_that_is_above_is_in_the_result(below, above):
    def within(part, whole):
        if isinstance(part, dict) and isinstance(whole, dict):
            return all(key in whole and within(value, whole[key]) for key, value in part.items())
        return part == whole or whole == {"kind": part} or (isinstance(whole, dict) and whole.get("kind") == part)

    assert within(above, lay_over(tree_of(below), tree_of(above)).data)

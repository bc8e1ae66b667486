"""Settings are frozen; unknown keys, NaN, bools for numbers and lists as fields are refused."""

from typing import Literal

import pytest
from pydantic import ValidationError

from mixerkit.spec import STAND_IN, KindSpec, Pair, Spec, under


class Inner(Spec):
    ratio: float = 1.0
    count: int = 1


class Outer(Spec):
    inner: Inner = Inner()
    parts: tuple[Inner, ...] = ()
    size: Pair = (1, 1)
    name: str = "x"


class Scaled(Spec):
    """Its number may stand alone."""

    shorthand = "factor"
    factor: float
    offset: float = 0.0


class Wrapped(Spec):
    """What it holds may stand alone."""

    shorthand = "scale"
    scale: Scaled
    name: str = "x"

    @classmethod
    def is_bare(cls, data):
        return not (isinstance(data, dict) and "scale" in data)


class Both(Spec):
    number: Scaled = Scaled(factor=1.0)
    wrapped: tuple[Wrapped, ...] = ()


def errors(spec=Outer, **data):
    with pytest.raises(ValidationError) as caught:
        spec.model_validate(data)
    return {error["loc"]: error for error in caught.value.errors()}


def test_a_setting_is_frozen():
    with pytest.raises(ValidationError):
        Inner().ratio = 2.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ratio", float("nan")),
        ("ratio", float("inf")),
        ("ratio", True),
        ("ratio", "1"),
        ("count", True),
        ("count", 1.0),
        ("count", "1"),
    ],
)
def test_numbers_are_numbers(field, value):
    assert ("inner", field) in errors(inner={field: value})


def test_an_int_may_stand_for_a_float():
    assert Inner.model_validate({"ratio": 3}).ratio == 3.0


def test_every_mistake_is_found_at_once_and_says_what_is_allowed():
    found = errors(inner={"rato": 1}, parts=[{"count": True}, {"x": 1}], nam="y", size=[1])
    assert set(found) == {("inner", "rato"), ("parts", 0, "count"), ("parts", 1, "x"), ("nam",), ("size", 1)}
    assert found["nam",]["ctx"]["expected"] == ["inner", "parts", "size", "name"]
    assert found["inner", "rato"]["ctx"]["expected"] == ["ratio", "count"]


def test_lists_become_tuples_and_a_number_a_pair():
    spec = Outer.model_validate({"parts": [{"count": 2}], "size": 3})
    assert spec.parts == (Inner(count=2),)
    assert spec.size == (3, 3)
    assert Outer.model_validate({"size": [1, 2]}).size == (1, 2)


def test_a_field_that_is_a_list_is_refused_where_it_is_written():
    with pytest.raises(TypeError, match=r"write tuple\[\.\.\.\]"):

        class Wrong(KindSpec):
            kind: Literal["wrong"] = "wrong"
            parts: list[int]


def test_issue_are_reported_from_the_whole():
    assert under("head", [("dim", "1", "2"), ("", "a", "b")]) == [("head.dim", "1", "2"), ("head", "a", "b")]


@pytest.mark.parametrize("short", [2.0, {"factor": 2.0}, {"scale": 2.0}, {"scale": {"factor": 2.0}}, Scaled(factor=2.0)])
def test_the_value_of_a_shorthand_stands_for_the_whole_mapping(short):
    assert Both.model_validate({"wrapped": [short]}).wrapped == (Wrapped(scale=Scaled(factor=2.0)),)
    if short == 2.0:
        assert Both.model_validate({"number": short}).number == Scaled(factor=2.0)


def test_an_error_in_a_shorthand_is_where_it_was_written_and_the_name_of_a_plain_value_stays():
    assert set(errors(Both, number="x")) == {("number", "factor")}
    assert set(errors(Both, number=1e30)) == {("number", "factor")}
    assert set(errors(Both, wrapped=[{"factor": 1.0, "ofset": 2.0}])) == {("wrapped", 0, "ofset")}
    assert set(errors(Both, wrapped=[{"scale": {"factor": 1.0, "ofset": 2.0}}])) == {("wrapped", 0, "scale", "ofset")}
    assert set(errors(Both, wrapped=["x", {"scale": 1.0, "nam": "y"}])) == {("wrapped", 0, "factor"), ("wrapped", 1, "nam")}


def test_the_schema_has_a_shorthand_beside_its_mapping():
    schema = Both.model_json_schema()["$defs"]["Scaled"]
    assert schema["description"] == "Its number may stand alone."
    assert [branch["type"] for branch in schema["anyOf"]] == ["number", "object"]


def test_where_a_value_could_not_be_read_its_default_stands_in():
    assert Outer.model_validate({"name": STAND_IN, "nam": STAND_IN, "inner": {"count": STAND_IN}}) == Outer()
    assert set(errors(Scaled, factor=STAND_IN)) == {("factor",)}

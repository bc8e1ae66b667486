"""Settings are frozen; unknown keys, NaN, bools for numbers and lists as fields are refused."""

from typing import Literal

import pytest
from pydantic import ValidationError

from mixerkit.spec import KindSpec, Pair, Spec, under


class Inner(Spec):
    ratio: float = 1.0
    count: int = 1


class Outer(Spec):
    inner: Inner = Inner()
    parts: tuple[Inner, ...] = ()
    size: Pair = (1, 1)
    name: str = "x"


def errors(**data):
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
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

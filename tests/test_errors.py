"""Errors say where, what was got, what is expected, what next."""

import numpy as np

from mixerkit.errors import Interrupted, Problem, RecipeError, did_you_mean, nearest, shorten


def test_a_error_has_its_parts_in_order():
    problem = Problem("a.yaml:3  model.dim", "Got: 0.", "At least 1.", "Mend it.")
    assert str(problem).split("\n") == ["a.yaml:3  model.dim", "    Got: 0.", "    At least 1.", "    Mend it."]


def test_all_problems_are_reported():
    error = RecipeError(Problem("a", "one"), Problem("b", "two"))
    assert str(error) == "a\n    one\nb\n    two"
    assert error.exit_code == 2


def test_an_interruption_ends_with_128_and_the_signal():
    assert Interrupted(15).exit_code == 143
    assert Interrupted(2).exit_code == 130


def test_a_wrong_hint_is_worse_than_none():
    assert nearest("hiden_ratio", ["hidden_ratio", "activation"]) == "hidden_ratio"
    assert nearest("Roll_Time", ["roll", "roll-time"]) == "roll-time"
    assert nearest("xyz", ["hidden_ratio", "activation"]) is None
    assert did_you_mean("xyz", ["a", "b"]) == "Known: a, b."
    assert did_you_mean("aa", []) == "Known: none."


def test_a_value_is_shown_on_one_line_of_limited_length():
    assert shorten("a  b\n") == r"'a  b\n'"
    assert shorten(np.zeros((3, 1))) == "array([[0.], [0.], [0.]])"
    assert len(shorten("x" * 99)) == 80
    assert shorten("x" * 99, 10) == "'xxxxxx..."

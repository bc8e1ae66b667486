"""YAML 1.2, with the line of every value; what is not plain data is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.errors import RecipeError
from mixerkit.recipe.tree import MAX_BYTES, Origin, read_file, read_scalar, read_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("on", "on"),
        ("yes", "yes"),
        ("1e-3", 1e-3),
        ("1E-3", 1e-3),
        (".001", 1e-3),
        ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"),
        ("=", "="),
        ("true", True),
        ("null", None),
        ("0x10", 16),
        ("'1'", "1"),
        ("[no, on]", ["no", "on"]),
    ],
)
def test_scalars_are_yaml_1_2(text, value):
    found = read_scalar(text, "here")
    assert found == value
    assert type(found) is type(value)


def test_nan_is_read_and_left_to_the_settings():
    assert math.isnan(read_scalar(".nan", "here"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("takes #2", "takes #2"),
        ("#2", "#2"),
        ("a#b", "a#b"),
        ('"takes #2"', "takes #2"),
        ("[a, b] # c", ["a", "b"]),
        ("5 #x", "5 #x"),
    ],
)
def test_a_number_sign_in_a_setting_of_one_line_is_text(text, value):
    assert read_scalar(text, "here") == value


def test_every_value_knows_its_line():
    tree = read_text("a: 1\nb:\n  c: [x, y]\n  d:\n    - {e: 2}\n", "f.yaml")
    assert tree.data == {"a": 1, "b": {"c": ["x", "y"], "d": [{"e": 2}]}}
    assert tree.origin(("b", "c", 1)) == Origin("f.yaml", 3)
    assert tree.origin(("b", "d", 0, "e")) == Origin("f.yaml", 5)
    assert str(tree.origin(("b", "d", 0, "missing"))) == "f.yaml:5"


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{i + 1}: &a{i + 1} [{','.join([f'*a{i}'] * 10)}]\n" for i in range(9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", r"f\.yaml:3\n.*'a' stands twice: in line 1 and in line 3"),
        ("", "It is empty"),
        ("# only a comment\n", "It is empty"),
        ("- 1\n- 2\n", "not a mapping"),
        ("a: [1, 2\n", r"f\.yaml:\d+\n.*not YAML"),
        ("a: 1\n\tb: 2\n", r"f\.yaml:2\n.*not YAML"),
        ("a: !!python/object/apply:os.system [x]\n", "python/object/apply:os.system is not allowed"),
        ("a: !new:torch.nn.Linear [x]\n", "is not allowed"),
        ("%YAML 1.1\n---\na: no\n", "directive"),
        ("? [1]\n: 2\n", "A key is a list or a mapping"),
        ("[" * 500 + "]" * 500, "nested too deeply"),
        ("{a: " * 60 + "1" + "}" * 60, "nested too deeply"),
        (BOMB, "grows too large"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
        ("a: &x [*x]\n", "nested too deeply"),
    ],
)
def test_what_is_no_recipe_says_why(text, message):
    with pytest.raises(RecipeError, match=f"(?s){message}"):
        read_text(text, "f.yaml")


def test_the_marker_of_a_hostile_recipe_is_never_made(tmp_path):
    marker = tmp_path / "marker"
    with pytest.raises(RecipeError):
        read_text(f"a: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{marker}']]\n", "f.yaml")
    assert not marker.exists()


@given(raw=st.binary(max_size=200))
def test_any_bytes_give_a_tree_or_a_clear_error(raw, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "r.yaml"
    path.write_bytes(raw)
    try:
        assert isinstance(read_file(path).data, dict)
    except RecipeError as error:
        assert str(path) in str(error)


@given(text=st.text(alphabet="ab:[]{}- \n\t&*!'\"#|>%,?0.", max_size=60))
def test_any_text_gives_a_tree_or_a_clear_error(text):
    try:
        read_text(text, "f.yaml")
    except RecipeError as error:
        assert "f.yaml" in str(error)


def test_files_that_are_no_text(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_bytes("a: 1\n".encode("utf-16"))
    with pytest.raises(RecipeError, match="not UTF-8"):
        read_file(path)
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")  # a byte-order mark and Windows line ends are fine
    assert read_file(path).data == {"a": 1, "b": 2}
    path.write_bytes(b"a: 1\n" * MAX_BYTES)
    with pytest.raises(RecipeError, match="bytes"):
        read_file(path)
    with pytest.raises(RecipeError, match="cannot be read"):
        read_file(tmp_path)

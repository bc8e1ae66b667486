"""Registries and plugins: duplicates raise, unknown names get a hint, a broken plugin harms nobody."""

import subprocess
import sys
from textwrap import dedent
from typing import Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from mixerkit.errors import PluginError
from mixerkit.operators import OPERATORS, Operator
from mixerkit.registry import Registry, Scope, installed, load_file, load_plugin, plugin_files, provided_kinds, registers
from mixerkit.spec import KindSpec

PLUGIN = """\
from typing import Literal
from mixerkit import OperatorSpec, operator
from torch import nn

@operator
class {name}Spec(OperatorSpec):
    kind: Literal["{kind}"] = "{kind}"
    def build(self, grid, index): return nn.Identity()
    def flops(self, grid, index): return {flops}
"""


def plugin(folder, file, kind, flops=0, name="Mine", tail=""):
    path = folder / file
    path.write_text(PLUGIN.format(kind=kind, flops=flops, name=name) + dedent(tail))
    return path


def read(value, *plugins):
    return TypeAdapter(Operator).validate_python(value, context=Scope(plugins).context())


class Base(KindSpec):
    noun = "thing"


def spec(kind_name, home=__name__):
    return type("OneSpec", (Base,), {"__annotations__": {"kind": Literal[kind_name]}, "kind": kind_name, "__module__": home})


def test_a_duplicate_names_both():
    registry = Registry(Base, {})
    registry.add(spec("one"))
    with pytest.raises(PluginError, match=r"(?s)thing 'one'.*defined twice.*tests\.registry.*elsewhere\.OneSpec"):
        registry.add(spec("one", home="elsewhere"))


def test_the_same_definition_again_is_no_duplicate():
    registry = Registry(Base, {})
    registry.add(spec("one"))
    registry.add(spec("one"))  # as when a notebook cell runs twice
    assert list(registry.kinds()) == ["one"]


@pytest.mark.parametrize("kind", ["One", "one_two", "", "1a", "a--b"])
def test_a_kind_is_kebab_case(kind):
    with pytest.raises(PluginError, match="lower-case words joined by hyphens"):
        Registry(Base, {}).add(spec(kind))


def test_a_string_is_short_for_its_kind():
    assert read("token") == read({"kind": "token"}) == OPERATORS.kinds()["token"]()


@pytest.mark.parametrize(("value", "code"), [("tokn", "unknown_kind"), ({"hidden_ratio": 1.0}, "no_kind"), (3, "no_mapping")])
def test_what_cannot_be_read_says_why(value, code):
    with pytest.raises(ValidationError) as caught:
        read(value)
    assert [error["type"] for error in caught.value.errors()] == [code]


def test_a_plugins_kind_is_known_where_it_is_listed_and_nowhere_else(tmp_path):
    mine = load_file(plugin(tmp_path, "mine.py", "mine"))
    assert read("mine", mine).kind == "mine"
    assert "mine" not in OPERATORS.kinds()
    with pytest.raises(ValidationError):
        read("mine")


def test_two_versions_of_a_plugin_live_side_by_side(tmp_path):
    (tmp_path / "run").mkdir()
    old = load_file(plugin(tmp_path / "run", "mine.py", "versioned", flops=1))
    new = load_file(plugin(tmp_path, "mine.py", "versioned", flops=2))
    assert read("versioned", old).flops(None, None) == 1
    assert read("versioned", new).flops(None, None) == 2


def test_the_same_content_is_loaded_once(tmp_path):
    path = plugin(tmp_path, "once.py", "once")
    (tmp_path / "copy").mkdir()
    copy = plugin(tmp_path / "copy", "once.py", "once")
    assert load_file(path).kinds == load_file(copy).kinds


def test_a_plugin_that_is_the_first_to_import_the_kit_brings_its_own_kinds_alone(tmp_path):
    """Names of the front door are loaded when they are used, here while the plugin is."""
    path = plugin(tmp_path, "mine.py", "mine")
    program = f"from pathlib import Path; from mixerkit.registry import load_file; print(*load_file(Path({str(path)!r})).kinds)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "('operator', 'mine')\n"


def test_a_plugin_may_not_take_a_built_in_name(tmp_path):
    path = plugin(tmp_path, "clash.py", "token")
    with pytest.raises(PluginError, match=r"(?s)'token'.*defined twice.*mixerkit\.operators\.token.*clash\.py"):
        load_file(path)


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        ("raise RuntimeError('boom')", "RuntimeError while it was imported, at .*broken.py, line 10: boom"),
        ("import no_such_module", "ModuleNotFoundError.*no_such_module"),
        ("raise SystemExit(0)", "SystemExit"),
        ("def f(:", "SyntaxError at .*broken.py, line 10"),
    ],
)
def test_a_broken_plugin_leaves_nothing_behind(tmp_path, tail, message):
    path = plugin(tmp_path, "broken.py", "half-registered", tail=tail)
    before = set(sys.modules)
    with pytest.raises(PluginError, match=f"(?s)broken.*{message}"):
        load_file(path)
    assert "half-registered" not in OPERATORS.kinds()
    assert set(sys.modules) - before <= {"no_such_module"}
    path.write_text(path.read_text().replace(tail, ""))
    assert load_file(path).kinds  # mended, it loads in the same process


def test_a_plugin_that_its_own_test_has_imported_still_loads(tmp_path, monkeypatch):
    path = plugin(tmp_path, "imported_by_test.py", "imported-kind")
    monkeypatch.syspath_prepend(str(tmp_path))
    import imported_by_test

    assert OPERATORS.kinds()["imported-kind"] is imported_by_test.MineSpec
    assert load_file(path).kinds
    del OPERATORS._kinds["imported-kind"], sys.modules["imported_by_test"]  # for good: monkeypatch would bring them back


def test_a_kind_that_differs_from_its_literal_is_refused():
    class Odd(Base):
        kind: Literal["one"] = "two"

    with pytest.raises(PluginError, match="lower-case words"):
        Registry(Base, {}).add(Odd)


def test_a_file_that_registers_nothing_says_so(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text("x = 1\n")
    with pytest.raises(PluginError, match="registers nothing"):
        load_file(path)


def test_names_are_found_nearest_first(tmp_path):
    (tmp_path / "plugins").mkdir()
    plugin(tmp_path / "plugins", "my_mixer.py", "far", flops=3)
    folders = [tmp_path, tmp_path / "plugins"]
    assert load_plugin("my-mixer", folders).source.endswith("plugins/my_mixer.py")
    plugin(tmp_path, "my_mixer.py", "near", flops=4)
    assert load_plugin("my_mixer", folders).source == str(tmp_path / "my_mixer.py")
    assert load_plugin("plugins/my_mixer.py", folders).source.endswith("plugins/my_mixer.py")
    with pytest.raises(PluginError, match=r"(?s)my_mixr.*Did you mean 'my_mixer'"):
        load_plugin("my_mixr", folders)
    with pytest.raises(PluginError, match="no file"):
        load_plugin("plugins/nothing.py", folders)


def test_kinds_are_read_from_text_without_running_it(tmp_path):
    path = plugin(tmp_path, "danger.py", "danger", tail="raise SystemExit")
    assert provided_kinds(path) == ["danger"]
    (tmp_path / "other.py").write_text("def f(:")
    (tmp_path / "script.py").write_text("class Job:\n    kind: str = 'nightly'\n")
    assert plugin_files(tmp_path) == [path]


def test_a_file_that_registers_something_is_known_whatever_the_decorator_is_called_in_it(tmp_path):
    path = plugin(tmp_path, "mine.py", "mine")
    path.write_text("from mixerkit import operator as op\n" + path.read_text().replace("@operator", "@op"))
    assert provided_kinds(path) == ["mine"]
    assert registers(path)
    path.write_text(path.read_text().replace("@op", "@print"))
    assert not registers(path)
    path.write_text("@operator\nclass Mine(:\n")
    assert registers(path)


def test_a_relative_import_in_a_file_is_reported_with_what_to_do(tmp_path):
    path = plugin(tmp_path, "mine.py", "mine")
    path.write_text("from . import other\n" + path.read_text())
    with pytest.raises(PluginError, match="announce the package by an entry point"):
        load_plugin("mine", [tmp_path])


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Two installed packages that announce plugins: one works, one raises."""
    for name, tail in (("good", ""), ("bad", "raise RuntimeError('bad day')")):
        plugin(tmp_path, f"{name}_mixers.py", f"{name}-mixer", tail=tail)
        info = tmp_path / f"{name}_mixers-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-mixers\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[mixerkit.plugins]\n{name}-mixers = {name}_mixers\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("good_mixers", "bad_mixers"):
        sys.modules.pop(name, None)


def test_an_installed_plugin_is_loaded_when_it_is_named(package):
    assert [entry.name for entry in installed()] == ["bad-mixers", "good-mixers"]
    assert "good_mixers" not in sys.modules
    found = load_plugin("good-mixers", [package / "nowhere"])
    assert (found.source, found.version) == ("good-mixers 1.2", "1.2")
    assert read("good-mixer", found).kind == "good-mixer"
    assert "bad_mixers" not in sys.modules


def test_a_broken_installed_plugin_is_reported_by_name(package):
    with pytest.raises(PluginError, match=r"(?s)'bad-mixers' \(bad-mixers 1\.2\).*bad day"):
        load_plugin("bad-mixers", [package / "nowhere"])

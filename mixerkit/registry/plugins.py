"""Finding and loading plugins: single files, or installed packages that announce themselves.

A plugin is code that you run, so nothing is imported unless it is named: in a recipe's ``plugins:``, or on the command
line. Each is loaded in isolation: one that raises is reported with its file and line, leaves nothing behind, and harms
nobody who does not need it.

An installed package announces its module with an entry point::

    [project.entry-points."mixerkit.plugins"]
    my-mixers = "my_mixers.operators"
"""

import ast
import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import CodeType

from mixerkit.errors import Interrupted, PluginError, Problem, did_you_mean
from mixerkit.registry.kinds import Plugin, collecting
from mixerkit.registry.paths import is_file, with_home

GROUP = "mixerkit.plugins"
DECORATORS = (
    *("operator", "transform", "dataset", "feature", "head"),
    *("optimizer", "schedule", "loss", "average", "metric"),
)
"""What stands before the spec class of each kind that a plugin can bring."""
DECORATED = re.compile(rf"^@(\w+\.)*({'|'.join(DECORATORS)})\b", re.MULTILINE)

_loaded: dict[tuple[str, str], Plugin] = {}
_modules: dict[str, Plugin] = {}
"""Every loaded plugin by the name of its module."""


def load_plugin(reference: str, folders: Sequence[Path]) -> Plugin:
    """Load the plugin that ``reference`` names.

    Args:
        reference: a path (it has a slash or ends in .py; relative to the first folder), or a name: NAME.py in one of
            the folders, else an installed package's entry point.
        folders: where to look, nearest first.

    Raises:
        PluginError: nothing has that name, or its code raises, or it registers nothing.
    """
    file = find_file(reference, folders)
    if file is not None:
        return load_file(file)
    for entry in installed():
        if entry.name == reference:
            return _load_entry(entry)
    if _is_path(reference):
        raise PluginError(Problem(f"plugin {reference!r}", f"There is no file {folders[0] / reference}."))
    known = sorted({path.stem for folder in folders for path in plugin_files(folder)} | {e.name for e in installed()})
    looked = ", ".join(str(folder) for folder in folders)
    raise PluginError(
        Problem(
            f"plugin {reference!r}",
            f"Neither a file of that name in {looked} nor an installed package provides it.",
            did_you_mean(reference, known, "Plugins found"),
        )
    )


def find_file(reference: str, folders: Sequence[Path]) -> Path | None:
    """The file that ``reference`` names, or None. Hyphens in a name may be underscores in the file's."""
    if _is_path(reference):
        path = folders[0] / with_home(reference)
        return path if is_file(path) else None
    stems = (reference, reference.replace("-", "_"))
    candidates = (folder / f"{stem}.py" for folder in folders for stem in stems)
    return next((path for path in candidates if is_file(path)), None)


def plugin_files(folder: Path) -> list[Path]:
    """The Python files in a folder that are plugins, by their text alone: nothing is run.

    Those that register something, or say that they do in a text that is not Python. A folder ``plugins`` is there for nothing
    else, so each file in it counts, but for helpers (_name.py) and tests: one that is broken may have no text to be known by.
    """
    return [path for path in sorted(folder.glob("*.py")) if _is_meant(folder.name, path)]


def _is_meant(folder: str, path: Path) -> bool:
    if folder == "plugins":
        return not path.name.startswith(("_", "test_", "conftest."))
    return registers(path)


def registers(path: Path) -> bool:
    """Whether a file registers something, by its text alone: nothing is run. One that is no Python counts if it looks so."""
    tree = _parsed(path)
    return bool(DECORATED.search(_text(path))) if tree is None else bool(_registered(tree))


def provided_kinds(path: Path) -> list[str]:
    """The kinds a file would register, read from its text without running it.

    They are classes under one of the decorators that hold ``kind: ... = "..."``.
    """
    tree = _parsed(path)
    return [
        line.value.value
        for spec in (_registered(tree) if tree else ())
        for line in spec.body
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and line.target.id == "kind"
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    ]


def provider(kind: str, folders: Sequence[Path]) -> Path | None:
    """The first file in ``folders`` that would register ``kind``; nothing is run."""
    files = (path for folder in folders for path in sorted(folder.glob("*.py")))
    return next((path for path in files if kind in provided_kinds(path)), None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _parsed(path: Path) -> ast.Module | None:
    """The file as a tree, or None where it is no Python."""
    try:
        return ast.parse(_text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested too deeply for the parser
        return None


def _registered(tree: ast.Module) -> list[ast.ClassDef]:
    """The classes under one of the decorators, by their own names or by those that the file imports them under."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    others = {one.asname for node in imports for one in node.names if one.name in DECORATORS and one.asname}
    names = {*DECORATORS, *others}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(decorator).rsplit(".", 1)[-1] in names for decorator in node.decorator_list)
    ]


def installed() -> list[EntryPoint]:
    """The plugins that installed packages announce; reading their names imports none of them."""
    return sorted(entry_points(group=GROUP), key=lambda entry: entry.name)


def load_file(path: Path) -> Plugin:
    """Load one plugin file. The same content is loaded once per process, wherever it lies.

    Raises:
        PluginError: its code raises, or it registers nothing.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise PluginError(Problem(f"plugin {path}", f"It cannot be read: {error.strerror}.")) from error
    digest = hashlib.sha256(source).hexdigest()
    name = f"mixerkit_plugin_{path.stem}_{digest[:12]}"

    def run() -> None:
        loader = _FreshLoader(name, str(path))
        spec = importlib.util.spec_from_loader(name, loader)
        assert spec is not None, f"{path} has no Python loader"
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # before running it: annotations are looked up in the module by name
        loader.exec_module(module)

    return _load(Plugin(path.stem, str(path), digest), name, run)


class _FreshLoader(SourceFileLoader):
    """Compiles what the file says now: no bytecode of a moment ago, and none left beside the plugin."""

    def get_code(self, fullname: str) -> CodeType | None:
        return self.source_to_code(self.get_data(self.path), self.path)


def _load_entry(entry: EntryPoint) -> Plugin:
    version = entry.dist.version if entry.dist else None
    package = f"{entry.dist.name} {version}" if entry.dist else "an installed package"
    plugin = Plugin(entry.name, package, hashlib.sha256(f"{package}:{entry.value}".encode()).hexdigest(), version)
    return _load(plugin, entry.module, lambda: importlib.import_module(entry.module))


def _load(plugin: Plugin, module: str, run: Callable[[], object]) -> Plugin:
    """Run a plugin's code once, everything it registers going to ``plugin``; on failure nothing remains."""
    key = (plugin.name, plugin.digest)
    if key in _loaded:
        return _loaded[key]
    imported_before = module in sys.modules  # by the program itself: then its kinds are known everywhere, and none is new
    try:
        with collecting(plugin):
            run()
        if not plugin.kinds and not imported_before:
            others = ", ".join(f"@{name}" for name in DECORATORS[1:])
            hint = f"Put @operator (from mixerkit import operator) in front of its spec class; of other kinds: {others}."
            raise PluginError(Problem("", "It registers nothing.", hint=hint))
    except BaseException as error:  # a plugin may raise anything, SystemExit included
        sys.modules.pop(module, None)
        if isinstance(error, KeyboardInterrupt | Interrupted):  # somebody pressed Ctrl-C: no fault of the plugin
            raise
        raise _broken(plugin, error) from error
    _loaded[key] = _modules[module] = plugin
    return plugin


def plugin_of(module: str) -> Plugin | None:
    """The loaded plugin that a module belongs to: it is the plugin's, or stands in the same package."""
    homes = ((name, name.rpartition(".")[0] or name) for name in _modules)
    return next((_modules[name] for name, package in homes if f"{module}.".startswith(f"{package}.")), None)


def _broken(plugin: Plugin, error: BaseException) -> PluginError:
    place = f"plugin {plugin.name!r} ({plugin.source})"
    if isinstance(error, PluginError):
        reported = [Problem(f"{place}: {p.where}".removesuffix(": "), p.got, p.expected, p.hint) for p in error.problems]
        return PluginError(*reported)
    hint = "The plugin's own code raised this; mend it there."
    if isinstance(error, ImportError) and "attempted relative import" in str(error):
        hint = "A file is loaded alone, without its package: announce the package by an entry point, and name that."
    return PluginError(Problem(place, _last_line(error, plugin.source), hint=hint))


def _last_line(error: BaseException, source: str) -> str:
    """Type and text of an error, and the line that raised it: the plugin's own, where it has a part in it."""
    if isinstance(error, SyntaxError):
        return f"SyntaxError at {error.filename or source}, line {error.lineno or 1}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == source] or frames
    return f"{type(error).__name__} while it was imported, at {own[-1].filename}, line {own[-1].lineno}: {error}"


def _is_path(reference: str) -> bool:
    return "/" in reference or reference.endswith(".py")

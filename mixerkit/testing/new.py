"""The start of an operator: a plugin file that works, and its test."""

import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path

from mixerkit.errors import Problem, UsageError
from mixerkit.operators import OPERATORS, TRANSFORMS
from mixerkit.registry import KEBAB, provider

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_NAME = 40


def new_operator(name: str, out: Path, plugins: Sequence[Path] = ()) -> tuple[Path, Path]:
    """Write NAME.py, a small operator that keeps the contract, and test_NAME.py beside it; the two paths.

    Args:
        name: of the kind, such as "my-mixer"; the file's has underscores.
        out: the folder, made if it is missing.
        plugins: folders whose plugins' kinds are taken.

    Raises:
        UsageError: the name is none or is taken, a file is in the way, or the folder cannot be written.
    """
    kind, stem = name.replace("_", "-"), name.replace("-", "_")
    files = (out / f"{stem}.py", out / f"test_{stem}.py")
    problems = [Problem(f"operator {name!r}", *message) for message in _name_problems(kind, stem, (out, *plugins))]
    problems += [Problem(str(path), "It exists already.", hint="Another name, or --out DIR.") for path in files if path.exists()]
    if problems:
        raise UsageError(*problems)
    words = {"my-mixer": kind, "my_mixer": stem, "MyMixer": _class(kind), "My mixer": _sentence(kind)}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, template in zip(files, ("operator", "test_operator"), strict=True):
            with path.open("x", encoding="utf-8") as file:
                file.write(_filled_in(f"{template}.py.txt", words))
    except OSError as error:
        raise UsageError(Problem(str(out), f"It cannot be written: {error.strerror}.", hint="--out DIR")) from error
    return files


def _name_problems(kind: str, stem: str, folders: Sequence[Path]) -> Iterator[tuple[str, str, str]]:
    """(got, expected, hint)"""
    if not KEBAB.fullmatch(kind) or len(kind) > LONGEST_NAME:
        expected = f"Lower-case words joined by hyphens or underscores, at most {LONGEST_NAME} characters, such as my-mixer."
        yield "It is no name of an operator.", expected, ""
        return
    home = provider(kind, folders)
    if kind in TRANSFORMS.kinds():
        yield "There is a transform of that name.", "", "Choose another."
    elif kind in OPERATORS.kinds() or home is not None:
        yield "There is an operator of that name" + (f" in {home}." if home else "."), "", "Choose another."
    elif stem.startswith("test_") or stem == "conftest":
        yield f"A file {stem}.py is a test to pytest, and no plugin.", "", "Choose another."
    elif iskeyword(stem) or stem in sys.stdlib_module_names or find_spec(stem) is not None:
        yield f"{stem!r} is a word of Python, or a module that is installed: a test could not import it.", "", "Choose another."
    elif iskeyword(_class(kind)) or _class(kind) in _imported():
        yield (
            f"Its class would be called {_class(kind)}, which is a word of Python, or one that the file imports.",
            "",
            "Choose another.",
        )
    elif kind == "null":
        yield "In a recipe, null is no word: YAML takes it for nothing.", "", "Choose another."


def _class(kind: str) -> str:
    return kind.title().replace("-", "")


def _imported() -> set[str]:
    """The names that a new plugin's file imports."""
    lines = (TEMPLATES / "operator.py.txt").read_text(encoding="utf-8").splitlines()
    return {name for line in lines if " import " in line for name in line.partition(" import ")[2].split(", ")}


def _sentence(kind: str) -> str:
    return kind.replace("-", " ").capitalize()


def _filled_in(template: str, words: dict[str, str]) -> str:
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    for placeholder, word in words.items():
        text = text.replace(placeholder, word)
    return text

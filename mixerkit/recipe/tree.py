"""YAML 1.2 into plain values that remember where they were written.

``no``, ``off`` and ``on`` are strings (they are labels of Speech Commands), 1e-3 is a number, a duplicate key is an error, and
so is any tag: a recipe is data. A recipe that is too large, too deep, or that multiplies itself by aliases is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mixerkit.errors import Problem, RecipeError
from mixerkit.spec import KeyPath

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000
YAML_TAG = "tag:yaml.org,2002:"
CORE_TAGS = {YAML_TAG + name for name in ("map", "seq", "str", "int", "float", "bool", "null")}
STAYS_TEXT = {YAML_TAG + name for name in ("timestamp", "value")}
"""Plain words that YAML 1.1 gave a meaning, and YAML 1.2 does not."""


@dataclass(frozen=True)
class Origin:
    """Where a value was written: a file and line, or "--set"."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True)
class Tree:
    """Plain values (dict, list, scalars), and the origin of each by its place."""

    data: dict[str, Any]
    origins: dict[KeyPath, Origin] = field(default_factory=dict)

    def origin(self, loc: KeyPath) -> Origin | None:
        """Where the value at ``place`` was written, or what encloses it."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.origins:
                return self.origins[loc[:end]]
        return None


def walk(data: Any, loc: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value in plain data with its place, the data itself first."""
    yield loc, data
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from walk(value, (*loc, key))


def read_file(path: Path) -> Tree:
    """The mapping in a YAML file.

    Raises:
        RecipeError: it cannot be read, is not YAML 1.2, or is not a mapping.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise RecipeError(Problem(str(path), f"It has {len(raw):,} bytes.", f"A recipe has at most {MAX_BYTES:,}."))
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise RecipeError(Problem(str(path), f"It cannot be read: {error.strerror}.")) from error
    except UnicodeDecodeError as error:
        raise RecipeError(Problem(str(path), f"It is not UTF-8 text: {error.reason} at byte {error.start}.")) from error
    return read_text(text, str(path))


def read_text(text: str, source: str) -> Tree:
    """The mapping in a YAML text; ``source`` names it in messages. Raises RecipeError as :func:`read_file`."""
    node = _compose(text, source)
    if node is None:
        raise RecipeError(Problem(source, "It is empty.", "A recipe is a mapping: name, data, model, ..."))
    if not isinstance(node, MappingNode):
        raise RecipeError(Problem(_at(source, node), "It is not a mapping.", "A recipe is a mapping: name, data, model, ..."))
    builder = _Builder(source)
    data = builder.value(node, ())
    if builder.problems:
        raise RecipeError(*builder.problems)
    return Tree(data, builder.origins)


def read_scalar(text: str, source: str) -> Any:
    """A single YAML value, such as what stands after = in --set. A # in it is text, as it is to whoever typed it on that line."""
    node = _compose(text, source)
    plain = isinstance(node, ScalarNode) and node.style is None
    if (node is None or plain) and text[node.end_mark.index if node else 0 :].lstrip().startswith("#"):  # a comment to YAML
        return text.strip()
    builder = _Builder(source)
    value = None if node is None else builder.value(node, ())
    if builder.problems:
        raise RecipeError(*builder.problems)
    return value


def _compose(text: str, source: str) -> Node | None:
    if text.startswith("%"):
        raise RecipeError(Problem(f"{source}:1", "It begins with a directive.", "A recipe is read as YAML 1.2; leave it out."))
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{source}:{mark.line + 1}" if mark else source
        raise RecipeError(Problem(where, f"It is not YAML: {error.problem or error.context}.")) from error
    except (YAMLError, ValueError) as error:
        raise RecipeError(Problem(source, f"It is not YAML: {str(error).splitlines()[0]}")) from error
    except RecursionError as error:
        raise RecipeError(Problem(source, "It is nested too deeply.", f"At most {MAX_DEPTH} levels.")) from error
    return node


class _Builder:
    """Walks the nodes of one document, collecting values, origins and problems."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.origins: dict[KeyPath, Origin] = {}
        self.problems: list[Problem] = []
        self.nodes = 0
        self.constructor = YAML(typ="safe", pure=True).constructor

    def value(self, node: Node, loc: KeyPath) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise RecipeError(Problem(self.source, "It grows too large when its aliases are filled in."))
        if len(loc) > MAX_DEPTH:
            raise RecipeError(Problem(_at(self.source, node), "It is nested too deeply.", f"At most {MAX_DEPTH} levels."))
        self.origins[loc] = Origin(self.source, node.start_mark.line + 1)
        if str(node.tag) in STAYS_TEXT:
            return str(node.value)
        if str(node.tag) not in CORE_TAGS:
            got = f"The tag {node.tag} is not allowed."
            self.problems.append(Problem(_at(self.source, node), got, "A recipe is data: plain values only."))
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*loc, i)) for i, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return self._scalar(node)

    def _mapping(self, node: MappingNode, loc: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if key is None:
                self.problems.append(
                    Problem(_at(self.source, key_node), "A key is a list or a mapping.", "Keys are plain words.")
                )
            elif key in lines:
                name = ".".join(map(str, (*loc, key)))
                got = f"The key {name!r} stands twice: in line {lines[key]} and in line {line}."
                self.problems.append(Problem(f"{self.source}:{line}", got, hint="Keep one of them."))
            else:
                lines[key] = line
                found[key] = self.value(value_node, (*loc, key))
                self.origins[(*loc, key)] = Origin(self.source, line)
        return found

    def _scalar(self, node: ScalarNode) -> Any:
        try:
            return self.constructor.construct_object(node)
        except (MarkedYAMLError, ValueError) as error:
            self.problems.append(Problem(_at(self.source, node), f"{node.value!r} cannot be read: {error}"))
            return None


def _at(source: str, node: Node) -> str:
    return f"{source}:{node.start_mark.line + 1}"

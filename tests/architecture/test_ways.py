"""docs/architecture.md is true: its map names every room, and each way through the code can be read straight down."""

import ast
import re

import pytest

from tests.architecture.test_house import FRONT_DOOR, PACKAGE, ROOMS
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text()
MOST_FILES = 15


def ways():
    """{title: its lines as (file, [(function, the name that it is called by)])}"""
    found = {}
    for title, block in re.findall(r"^### (.+?)\n.*?```\n(.*?)```", PAGE, flags=re.S | re.M):
        lines = [line.split(": ", 1) for line in block.splitlines() if line]
        found[title] = [(file.strip(), [step(part) for part in parts.split(", ")]) for file, parts in lines]
    return found


def step(text):
    """A function, or a function (as the name of the object that is called)."""
    name, _, alias = text.strip().removesuffix(")").partition(" (as ")
    return name, alias or name


def definitions(file):
    nodes = ast.walk(ast.parse((PACKAGE / file).read_text()))
    found = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.setdefault(node.name, []).append(node)
    return found


def called_in(nodes):
    """The last names of everything that is called: of a.b.c(...) it is c."""
    calls = (node.func for tree in nodes for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls}


@pytest.mark.parametrize("title", ways())
def test_a_way_is_read_straight_down(title):
    lines = ways()[title]
    files = [file for file, _ in lines]
    assert len(files) <= MOST_FILES
    assert len(set(files)) == len(files), "a file comes twice"
    seen = []
    for file, steps in lines:
        known = definitions(file)
        for name, called in steps:
            assert name in known, f"{file} has no {name}"
            assert not seen or called in called_in(seen), f"{file}: {called} is called in nothing that comes before it"
            seen += known[name]


def test_there_are_ways():
    assert len(ways()) >= 3


def test_the_map_names_every_room_in_its_order():
    block = re.search(r"^mixerkit/\n(.*?)```", PAGE, flags=re.S | re.M).group(1)
    named = re.findall(r"^  (\w+)(?:/|\.py)", block, flags=re.M)
    assert named == [room for room in ROOMS if room not in (FRONT_DOOR, "__main__")]

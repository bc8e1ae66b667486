"""docs/layouts.md says what the command line says today: a part of it is made anew."""

import importlib.util

import pytest

from tests.conftest import REPOSITORY

SPEC = importlib.util.spec_from_file_location("layouts", REPOSITORY / "benchmarks" / "layouts.py")
layouts = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(layouts)
LAYOUTS = [*layouts.trees(), *layouts.tables()]
PAGE = (REPOSITORY / "docs" / "layouts.md").read_text(encoding="utf-8")


def test_the_page_has_all_layouts():
    names = [layout.what for layout in LAYOUTS]
    assert len(names) == len(set(names)) > 100
    assert PAGE.count("\n| ") == len(names) + 3
    assert "bug of mixerkit" not in PAGE


@pytest.mark.parametrize("layout", LAYOUTS[::9], ids=lambda layout: layout.what)
def test_a_line_of_the_page_is_what_is_reported(layout):
    assert layouts.line(layout) in PAGE.splitlines()

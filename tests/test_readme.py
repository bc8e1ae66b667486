"""README is true: its snippets run, its links lead somewhere, its test command is the gate's; it is one page."""

import re

from ruamel.yaml import YAML

from mixerkit.model import ModelSpec
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text()


def snippets(language, page=None):
    return re.findall(rf"```{language}\n(.*?)```", page or README, flags=re.S)


def test_the_gate_calls_the_test_command_as_it_stands_here():
    command = next(line for text in snippets("bash") for line in text.splitlines() if line.endswith("pytest"))
    assert command in (REPOSITORY / ".ci" / "run").read_text().splitlines()


def test_the_python_of_the_front_door_runs(monkeypatch, capsys):
    monkeypatch.chdir(REPOSITORY)
    (text,) = (text for text in snippets("python") if "list_operators" in text)
    names = {}
    exec(text, names)
    assert names["list_operators"]("roll*") == ["roll", "roll-time"]
    assert capsys.readouterr().out == "536530\n"


def test_the_yaml_of_the_recipes_page_is_a_model():
    (text,) = snippets("yaml", (REPOSITORY / "docs" / "recipes.md").read_text())
    assert ModelSpec.model_validate(YAML(typ="safe").load(text)["model"]).dim == 96


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert all((REPOSITORY / link).is_file() for link in links)


def test_recipes_and_commands_that_are_named_exist():
    named = set(re.findall(r"recipes/[\w/]+\.yaml", README))
    assert len(named) >= 4
    assert all((REPOSITORY / name).is_file() for name in named if name != "recipes/x.yaml")


def test_it_is_one_page():
    assert len(README.splitlines()) <= 120

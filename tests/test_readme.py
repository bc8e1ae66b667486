"""README is true: its snippets run, its map is the house, its test command is the gate's."""

import re

from ruamel.yaml import YAML

from mixerkit.model import ModelSpec
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text()


def snippets(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


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


def test_the_yaml_is_a_model():
    (text,) = snippets("yaml")
    assert ModelSpec.model_validate(YAML(typ="safe").load(text)["model"]).dim == 96


def test_the_map_names_every_room():
    house = re.search(r"^mixerkit/\n.*?(?=```)", README, flags=re.S | re.M).group()
    rooms = {path.name for path in (REPOSITORY / "mixerkit").iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert {name.rstrip("/") for name in re.findall(r"\b(\w+/)", house)} - {"mixerkit", "recipes", "plugins", "tests"} >= rooms
    files = {path.name for path in (REPOSITORY / "mixerkit").glob("*.py")} - {"__init__.py", "__main__.py"}
    assert files == set(re.findall(r"\b(\w+\.py)\b", house))


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert all((REPOSITORY / link).is_file() for link in links)


def test_recipes_and_commands_that_are_named_exist():
    named = set(re.findall(r"recipes/[\w/]+\.yaml", README))
    assert len(named) >= 4
    assert all((REPOSITORY / name).is_file() for name in named if name != "recipes/x.yaml")

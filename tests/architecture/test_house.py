"""The house: imports only go down, files stay short, the front door is known, and a command loads no more than it needs."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import mixerkit
from mixerkit.registry import plugin_files
from tests.conftest import REPOSITORY

PACKAGE = Path(mixerkit.__file__).parent
FRONT_DOOR, TOP = "__init__", "cli"
FLOORS = [
    {"errors"},
    {"atomic"},
    {"spec", "grid"},
    {"registry"},
    {"layers"},
    {"operators"},
    {"datasets", "features", "model"},
    {"audio", "spectrograms", "testing"},
    {"recipe"},
    {"assembly"},
    {"runner"},
    {"study"},
    {FRONT_DOOR},
    {TOP},
    {"__main__"},
]
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}
LONGEST_FILE = 300


def files():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports():
    """(file, its room, room it imports) for every absolute import of the kit, those inside functions too."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name == "mixerkit" or name.startswith("mixerkit."):
                    yield path, room_of(path), [*name.split("."), FRONT_DOOR][1]


def test_every_room_has_a_floor():
    assert {room_of(path) for path in files()} == set(LEVEL)


def test_imports_only_go_down():
    seen = list(imports())
    up = [f"{path}: {a} -> {b}" for path, a, b in seen if a != b and LEVEL.get(b, 99) >= LEVEL[a]]
    assert len(seen) > 150
    assert not up, "\n".join(up)


def test_no_files_import_one_another_in_a_circle():
    uses = {}
    for path in files():
        module = ".".join(["mixerkit", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
        nodes = ast.walk(ast.parse(path.read_text()))
        uses[module] = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module} - {module}
    TopologicalSorter(uses).prepare()  # raises CycleError and names the circle


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_is_short_and_says_what_it_is(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    assert ast.get_docstring(ast.parse(text))


def test_no_function_takes_any_keyword():
    """**kwargs swallow a misspelt setting. pydantic's own hook is the one exception."""
    found = [
        f"{path}:{node.lineno}"
        for path in files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.args.kwarg and node.name != "__pydantic_init_subclass__"
    ]
    assert not found


def test_the_front_door():
    """What stands here is public: a name that vanishes breaks strangers' plugins and notebooks."""
    asked_for = {"Grid", "Site", "OperatorSpec", "operator", "Operator", "Law", "Mlp", "activation", "DatasetSpec", "dataset"}
    asked_for |= {"Clip", "build_operator", "build_block", "build_model", "list_operators", "Recipe", "train", "Run"}
    assert asked_for <= set(mixerkit.__all__)
    for name in mixerkit.__all__:
        assert getattr(mixerkit, name) is not None
    with pytest.raises(AttributeError) as caught:
        _ = mixerkit.Recip
    assert (caught.value.name, caught.value.obj) == ("Recip", mixerkit)  # from which Python suggests the nearest name of dir()
    assert "Recipe" in dir(mixerkit)


def test_plugins_import_nothing_deeper_than_the_front_door():
    plugins = plugin_files(REPOSITORY / "plugins")
    assert plugins
    for path in plugins:
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.module if isinstance(node, ast.ImportFrom) else ""
            assert not str(name).startswith("mixerkit."), path


def loaded_by(code):
    """Names of the modules that a fresh Python has loaded after running ``code``."""
    program = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return set(done.stdout.split("\n")[-2].split())


HEAVY = {"timm", "lightning_fabric", "torchmetrics", "matplotlib", "torchvision", "tensorboard"}


def test_import_and_help_load_no_torch():
    run = "from mixerkit.cli.app import run\nassert run(['--help']) == 0"
    assert "torch" not in loaded_by("import mixerkit")
    assert not loaded_by(run) & {"torch", *HEAVY}


@pytest.mark.parametrize(
    "command", [["check", "recipes/asm_rh.yaml"], ["show", "recipes/asm_rh.yaml"], ["list"], ["info", "roll"]]
)
def test_looking_loads_nothing_that_only_training_needs(command):
    assert not loaded_by(f"from mixerkit.cli.app import run\nassert run({command}) == 0") & HEAVY


def test_nothing_that_runs_code_from_data():
    """No pickle, no unsafe YAML, no eval: a recipe and a checkpoint are data."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"eval", "exec", "pickle.load", "pickle.loads", "yaml.load"}, f"{path}:{node.lineno}"
                if called == "torch.load":
                    assert any(k.arg == "weights_only" and ast.literal_eval(k.value) is True for k in node.keywords), path

"""The rooms: imports go down, through faces; files stay short; the front door is known; a command loads only what it needs."""

import ast
import importlib
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import get_args

import pytest

import mixerkit
from mixerkit import Recipe
from mixerkit.registry import plugin_files
from mixerkit.spec import Spec
from tests.conftest import REPOSITORY

PACKAGE = Path(mixerkit.__file__).parent
FRONT_DOOR = "__init__"
ROOMS = (
    "errors atomic progress spec grid registry layers operators datasets features model audio plots testing "
    "training recipe assembly rundir runner inference study report api __init__ cli __main__"
).split()
"""Every room; it imports only rooms before it."""
LEVEL = {room: level for level, room in enumerate(ROOMS)}
LONGEST_FILE = 300


def files():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports():
    """(file, its room, the room it imports, module, names) for every import of the kit, those inside functions too."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found = [(alias.name, []) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module == "mixerkit":  # a room by its name, or the front door
                found = [(f"mixerkit.{a.name}" if a.name in LEVEL else "mixerkit", [a.name]) for a in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found = [(node.module, [alias.name for alias in node.names])]
            else:
                continue
            for module, names in found:
                if module.partition(".")[0] == "mixerkit":
                    yield path, room_of(path), [*module.split("."), FRONT_DOOR][1], module, names


def face(room):
    """The names that a room shows others: those of its __all__; of a room that is one file, its public names."""
    home = PACKAGE / room / "__init__.py"
    module = importlib.import_module(f"mixerkit.{room}")
    return set(module.__all__) if home.is_file() else {name for name in vars(module) if not name.startswith("_")}


def test_every_room_has_its_level():
    assert {room_of(path) for path in files()} == set(LEVEL)


def test_imports_only_go_down():
    seen = list(imports())
    up = [f"{path}: {a} -> {b}" for path, a, b, _, _ in seen if a != b and LEVEL.get(b, 99) >= LEVEL[a]]
    assert len(seen) > 150
    assert not up, "\n".join(up)


def test_a_room_is_entered_through_its_face():
    """What a room does not name in its __init__ may move: nobody outside of it may know of it."""
    inside = []
    for path, room, other, module, names in imports():
        if other in (room, FRONT_DOOR) or names == [other]:
            continue
        hidden = [name for name in names if name not in face(other)]
        if hidden or module != f"mixerkit.{other}":
            inside.append(f"{path}: {module} {' '.join(hidden)}")
    assert not inside, "\n".join(inside)


def test_no_files_import_one_another_in_a_circle():
    uses = {}
    for path in files():
        module = ".".join(["mixerkit", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
        nodes = ast.walk(ast.parse(path.read_text()))
        uses[module] = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module} - {module, "mixerkit"}
    TopologicalSorter(uses).prepare()  # raises CycleError and names the circle


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_is_short_and_says_what_it_is(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    assert ast.get_docstring(ast.parse(text))


def all_specs(spec=Spec):
    return [found for child in spec.__subclasses__() for found in (child, *all_specs(child))]


def words_of(*rooms):
    """Keys and kinds of the settings that these rooms own."""
    specs = [spec for spec in all_specs() if spec.__module__.split(".")[1:2] in [[room] for room in rooms]]
    kinds = {word for spec in specs if "kind" in spec.model_fields for word in get_args(spec.model_fields["kind"].annotation)}
    return kinds | {key for spec in specs for key in spec.model_fields}


def test_the_recipe_knows_no_key_and_no_kind_of_a_model():
    """The settings themselves say how they may be written."""
    assert Recipe in all_specs()  # so that the rooms below it are loaded
    foreign = words_of("model", "operators") - words_of("recipe") - {"kind"}
    assert {"block", "operators", "operator", "stride", "identity"} <= foreign
    for path in (PACKAGE / "recipe").glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert not foreign & {word for text in texts for word in text.split(".")}, path
        imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert not imported & {"BlockSpec", "SublayerSpec", "SublayerDefaults", "StageSpec"}, path


def test_no_function_takes_any_keyword():
    """**kwargs swallow a misspelt setting. Exceptions: pydantic's own hook, and a wrapper that hands on what it is given."""
    found = [
        f"{path}:{node.lineno}"
        for path in files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.args.kwarg and node.name not in ("__pydantic_init_subclass__", "checked")
    ]
    assert not found


def test_the_front_door():
    """What stands here is public: a name that vanishes breaks strangers' plugins and notebooks."""
    asked_for = {
        "Grid",
        "BlockIndex",
        "InputShape",
        "Issue",
        "OperatorSpec",
        "operator",
        "Operator",
        "Law",
        "Mlp",
        "activation",
        "DatasetSpec",
        "dataset",
    }
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

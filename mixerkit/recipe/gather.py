"""From files to one tree: the recipe, its base, the overlays, --set; and the plugins it names, loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mixerkit.errors import PluginError, Problem, RecipeError, nearest
from mixerkit.recipe.merge import apply_set, lay_over
from mixerkit.recipe.tree import Origin, Tree, read_file
from mixerkit.registry import Plugin, Scope, is_file, load_plugin
from mixerkit.spec import KeyPath

COMMAND_LINE = "--plugin"


@dataclass(frozen=True)
class Gathered:
    """What a recipe says, before it is checked: one tree, the plugins it may use, the files it was read from."""

    tree: Tree
    scope: Scope
    sources: tuple[Path, ...]
    problems: tuple[Problem, ...] = ()

    def folders(self) -> list[Path]:
        """Where plugin files of this recipe may lie."""
        return plugin_folders(self.sources[0])


def gather(path: Path, overlays: Sequence[Path], assignments: Sequence[str], plugins: Sequence[str]) -> Gathered:
    """Read and merge. A plugin that cannot be loaded is a problem among the others, not the end of the reading.

    Raises:
        RecipeError: a file cannot be read, or stands in a place where it may not.
    """
    path = find_recipe(path)
    tree, sources = _with_base(path)
    for overlay in map(find_recipe, overlays):
        above = read_file(overlay)
        _refuse_keys(above, overlay, ("base", "name"), "An overlay has neither base nor name: it is laid over a recipe.")
        tree = lay_over(tree, above)
        sources.append(overlay)
    for assignment in assignments:
        tree = apply_set(tree, assignment)
    if plugins:
        listed: dict[KeyPath, Origin] = {("plugins", i): Origin(COMMAND_LINE) for i in range(len(plugins))}
        tree = lay_over(tree, Tree({"plugins": list(plugins)}, listed))
    scope, problems = _load_plugins(tree, path)
    return Gathered(tree, scope, tuple(sources), tuple(problems))


def shipped(name: str) -> Path:
    """The folder ``name`` ("recipes", "plugins") that comes with the kit: in the package, or beside it in a clone."""
    package = Path(__file__).parents[1]
    inside = package / "shipped" / name
    return inside if inside.is_dir() else package.parent / name


def find_recipe(path: Path) -> Path:
    """``path``, or the shipped recipe of that name where the working folder has none.

    Raises:
        RecipeError: there is neither.
    """
    if is_file(path):
        return path
    if found := shipped_recipe(path):
        return found
    root = shipped("recipes")
    known = {file.stem: file.relative_to(root).as_posix() for file in sorted(root.rglob("*.yaml"), reverse=True)}
    near = nearest(path.stem, known)
    hint = f"Did you mean recipes/{known[near]}?" if near else "See: mixerkit list recipes"
    raise RecipeError(Problem(str(path), "There is no such recipe.", hint=hint))


def shipped_recipe(path: Path) -> Path | None:
    """The recipe of that name that comes with the kit."""
    root = shipped("recipes")
    inside = root / Path(*path.parts[1:]) if path.parts and path.parts[0] == "recipes" else root / path
    candidates = () if path.is_absolute() else (inside, Path(f"{inside}.yaml"))
    return next(filter(is_file, candidates), None)


def plugin_folders(recipe: Path) -> list[Path]:
    """Where a recipe's plugins lie: beside it, then in ``plugins/`` beside its folder."""
    folder = recipe.resolve().parent
    return [folder, folder.parent / "plugins"]


def folders_by_hand() -> list[Path]:
    """Where plugins named on the command line lie: here, in ``plugins/`` here, and among those that come with the kit."""
    return list(dict.fromkeys(path.resolve() for path in (Path(), Path("plugins"), shipped("plugins"))))


def _with_base(path: Path) -> tuple[Tree, list[Path]]:
    tree = read_file(path)
    if "base" not in tree.data:
        return tree, [path]
    name = tree.data["base"]
    where = str(tree.origin(("base",)))
    if not isinstance(name, str):
        raise RecipeError(Problem(f"{where}  base", f"It is {name!r}.", "The file name of another recipe."))
    beside = path.parent / name
    base_path = beside if is_file(beside) else shipped_recipe(Path(name))
    if base_path is None:
        looked = "It is looked for beside this recipe, and then among those that come with the kit."
        raise RecipeError(Problem(f"{where}  base", f"There is no file {beside}.", looked))
    base = read_file(base_path)
    _refuse_keys(base, base_path, ("base",), f"It is itself the base of {path}: bases go one level deep.")
    own = Tree({key: value for key, value in tree.data.items() if key != "base"}, tree.origins)
    base.data.pop("name", None)
    return lay_over(base, own), [path, base_path]


def _refuse_keys(tree: Tree, path: Path, keys: tuple[str, ...], why: str) -> None:
    problems = [
        Problem(f"{tree.origin((key,))}  {key}", f"{key!r} cannot stand in {path}.", why) for key in keys if key in tree.data
    ]
    if problems:
        raise RecipeError(*problems)


def _load_plugins(tree: Tree, path: Path) -> tuple[Scope, list[Problem]]:
    """The plugins that the tree names; each is looked for from the file that names it."""
    names = tree.data.get("plugins", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return Scope(), []  # the field's own check reports it
    loaded: list[Plugin] = []
    problems: list[Problem] = []
    for i, name in enumerate(names):
        origin = tree.origin(("plugins", i)) or Origin(str(path))
        by_hand = origin.source.startswith("--")
        folders = [*folders_by_hand(), *plugin_folders(path)] if by_hand else plugin_folders(Path(origin.source))
        try:
            loaded.append(load_plugin(name, folders))
        except PluginError as error:
            problems += [Problem(f"{origin}  plugins: {p.where}", p.got, p.expected, p.hint) for p in error.problems]
    return Scope(tuple(loaded)), problems + _clashes(loaded)


def _clashes(plugins: Sequence[Plugin]) -> list[Problem]:
    """Kinds that two of these plugins both bring."""
    seen: dict[tuple[str, str], Plugin] = {}
    problems = []
    for plugin in plugins:
        for key in plugin.kinds:
            other = seen.setdefault(key, plugin)
            if other.digest != plugin.digest:
                got = f"Both {other.source} and {plugin.source} bring the {key[0]} {key[1]!r}."
                problems.append(Problem("plugins", got, hint="List one of them."))
    return problems

"""A new run directory: filled as a hidden draft, then renamed: complete or absent.

A stop, a full disk or a mistake while it is made leaves nothing that would be in the way of the next try.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from errno import EEXIST, ENOTDIR, ENOTEMPTY
from pathlib import Path

from mixerkit.atomic import draft_of, write_errors, write_text
from mixerkit.errors import Problem, UsageError
from mixerkit.recipe import Recipe, to_yaml
from mixerkit.rundir.folder import RunDir
from mixerkit.rundir.locate import from_anywhere
from mixerkit.rundir.lock import LOCK, locked
from mixerkit.rundir.manifest import PLUGINS, write_manifest


@contextmanager
def created(recipe: Recipe, out: Path | None, describe: Callable[[RunDir], None]) -> Iterator[RunDir]:
    """A new run directory with the recipe, its sources, its plugins and what ``describe`` writes; its lock is held inside.

    Args:
        out: exactly this folder, which must be new or empty. None: runs/NAME/TIME_seedN below where the command runs.

    Raises:
        UsageError: the folder is in use, or cannot be made.
        DataError: the system refuses to write in it.
    """
    refuse_taken(out)
    paths = [out] if out is not None else _default_paths(recipe)
    in_place = out is not None and out.is_dir()  # perhaps a mount, which cannot be renamed onto
    draft = paths[0] if in_place else draft_of(paths[0])
    with ExitStack() as held:
        if not in_place:
            held.callback(shutil.rmtree, draft, ignore_errors=True)  # nothing is there once it has its name
        _make(draft)
        held.enter_context(locked(draft))
        refuse_taken(draft)  # again, now that nobody else can fill it
        try:
            _fill(RunDir(draft), recipe, describe)
            path = draft if in_place else _named(draft, paths)
        except BaseException:
            if in_place:
                _empty(draft)
            raise
        yield RunDir(path)


def refuse_taken(out: Path | None) -> None:
    """Raise UsageError if ``out`` exists and is not an empty folder, a lock aside. Nothing is ever overwritten."""
    try:
        taken = out is not None and out.exists() and (not out.is_dir() or any(path.name != LOCK for path in out.iterdir()))
    except OSError as error:
        raise _cannot_be_made(out or Path(), error) from error
    if taken:
        hint = "Give a new folder to --out, or continue a stopped run with --resume."
        raise UsageError(Problem(str(out), "It exists and is not an empty folder.", hint=hint))


def _default_paths(recipe: Recipe) -> list[Path]:
    """runs/NAME/TIME_seedN, and more of them for runs that begin in the same second."""
    stamp = f"{datetime.now():%Y-%m-%d_%H-%M-%S}_seed{recipe.runner.seed}"
    parent = Path("runs") / recipe.name
    return [parent / stamp, *(parent / f"{stamp}_{i}" for i in range(2, 1000))]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_be_made(folder, error) from error


def _cannot_be_made(folder: Path, error: OSError) -> UsageError:
    got = f"This folder cannot be made: {error.strerror}."
    return UsageError(Problem(str(folder), got, hint="Choose another: --out"))


def _fill(folder: RunDir, recipe: Recipe, describe: Callable[[RunDir], None]) -> None:
    """All that describes the run; the manifest, which makes a folder a run, comes last."""
    plugin_names = _copy_plugins(recipe, folder.path)
    write_text(folder.path / "recipe.yaml", to_yaml(from_anywhere(recipe.model_copy(update={"plugins": plugin_names}))))
    for i, path in enumerate(recipe.source.sources if recipe.source is not None else ()):
        _copy(path, folder.path / "source" / f"{i}_{path.name}")
    describe(folder)
    folder.say("running")
    write_manifest(folder.path)


def _named(draft: Path, paths: Sequence[Path]) -> Path:
    """Give the draft the first of these names that is free."""
    for path in paths:
        try:
            return draft.rename(path)
        except OSError as error:
            if error.errno not in (EEXIST, ENOTEMPTY, ENOTDIR):
                raise _cannot_be_made(path, error) from error
    refuse_taken(paths[0])
    raise UsageError(Problem(str(paths[0]), "It exists, and so do all names for a run that begins in this second."))


def _empty(folder: Path) -> None:
    """Leave the folder as it was found."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _copy_plugins(recipe: Recipe, folder: Path) -> tuple[str, ...]:
    """Copy plugin files; the names under which the run's recipe finds all its plugins again."""
    loaded = dict(zip(recipe.plugins, recipe.loaded_plugins, strict=False))
    names: list[str] = []
    for i, listed in enumerate(recipe.plugins):
        source = Path(loaded[listed].source) if listed in loaded else None
        if source is None or not source.is_file():  # an installed package: found again by its name
            names.append(listed)
            continue
        copy = folder / PLUGINS / source.name
        copy = copy.with_name(f"{i}_{source.name}") if copy.exists() else copy
        _copy(source, copy)
        names.append(copy.relative_to(folder).as_posix())
    return tuple(names)


def _copy(source: Path, copy: Path) -> None:
    with write_errors(copy):
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, copy)

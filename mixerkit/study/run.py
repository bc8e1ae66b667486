"""Running a study: trial after trial, each at most once, and the table after each.

What was finished is never trained again; what was stopped goes on where it stopped; what failed is shown and tried again the
next time. Several processes may run the same study at once, on one GPU each: a trial is held by the one that trains it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from mixerkit.errors import Interrupted, MixerkitError, PluginError, Problem, UsageError
from mixerkit.progress import Reporter
from mixerkit.recipe import Recipe, find_recipe
from mixerkit.registry import attribute_errors
from mixerkit.rundir import RunDir
from mixerkit.runner import StopSignals, resume, train
from mixerkit.study.folder import StudyFolder
from mixerkit.study.plan import Trial, make_plan
from mixerkit.study.render import as_markdown
from mixerkit.study.study import Study

StrPath = str | PathLike[str]


class StudyIncomplete(MixerkitError):
    """Trials of a study failed; it ends with the exit code of the first of them."""

    def __init__(self, exit_code: int, *problems: Problem) -> None:
        super().__init__(*problems)
        self.exit_code = exit_code


def run_study(
    file: StrPath,
    *,
    set: Sequence[str] = (),  # noqa: A002  # the word of the command line
    plugins: Sequence[str] = (),
    recipes: Sequence[StrPath] = (),
    out: StrPath | None = None,
    fail_fast: bool = False,
) -> Study:
    """Train all trials of a study that are not finished, and write its tables.

    Args:
        file: a study in YAML; see :class:`mixerkit.study.spec.StudySpec`.
        set: KEY=VALUE settings for all trials, such as "data.root=FOLDER".
        plugins: plugin files or names, beside those that the recipes list.
        recipes: files of further rows, found from the working folder: your own among those of the study.
        out: the study's folder, new or its own. None: studies/NAME.
        fail_fast: end with the first trial that fails, instead of going on with the others.

    Raises:
        RecipeError: the study or one of its recipes is wrong; nothing was trained.
        UsageError: the folder holds something else, or a recipe asks for several devices.
        StudyIncomplete: trials failed; all others are done.
        Interrupted: a signal arrived; the trial's state is saved.
    """
    plan, by_id = make_plan(Path(file), set, plugins, [str(recipe) for recipe in recipes])
    _refuse_several_devices(by_id.values())
    folder = StudyFolder(Path("studies") / plan.name if out is None else Path(out))
    folder.begin(plan, find_recipe(Path(file)))
    reporter = Reporter()
    found, busy = Study.open(folder.path), 0
    reporter.line(found.headline())
    found.write_tables()  # a result that is damaged is reported now, not after more training
    with StopSignals() as stop:
        stop.polite = True
        for number, trial in enumerate(plan.trials, start=1):
            if folder.state(trial) == "finished":
                continue
            _leave_if_asked(stop, folder)
            with folder.held(trial) as is_ours:
                if not is_ours:
                    busy += 1
                    continue
                if folder.state(trial) != "finished":  # meanwhile, another process may have finished it
                    reporter.line(f"\n[{number}/{len(plan.trials)}] {trial.name}  ({trial.id})")
                    _run(folder, trial, by_id[trial.id], reporter, fail_fast)
            found.write_tables()
    found.write_tables()
    if busy:
        reporter.line(f"{busy} trial{'' if busy == 1 else 's'} left to the other processes that train them")
    reporter.line(f"\n{as_markdown(found.table())}\n\ntables: {folder.path}/table.md, table.csv, table.tex")
    _refuse_failed(found)
    return found


def _run(folder: StudyFolder, trial: Trial, recipe: Recipe, reporter: Reporter, fail_fast: bool) -> None:
    """One trial, from where it stands. What fails is written down."""
    path = folder.run(trial)
    folder.forget_failure(trial)
    try:
        _refuse_edited_plugins(recipe)
        with attribute_errors():
            if path.is_dir():
                resume(RunDir(path, recipe))  # the same, but its data may have moved since it began
            else:
                train(recipe, path)
    except Interrupted:
        raise
    except MixerkitError as error:
        folder.keep_failure(trial, error)
        if fail_fast:
            raise
        reporter.line(f"failed: {trial.name}\n{error}")


def _leave_if_asked(stop: StopSignals, folder: StudyFolder) -> None:
    """A signal that arrived too late for a training to stop at, or between two of them."""
    if stop.number:
        hint = "The same command goes on with it."
        raise Interrupted(stop.number, Problem(str(folder.path), "Stopped on request, between two trials.", hint=hint))


def _refuse_edited_plugins(recipe: Recipe) -> None:
    """The trial's id stands for the code that was loaded with the plan, and its run directory takes a copy from the file."""
    for plugin in recipe.loaded_plugins:
        file = Path(plugin.source)
        if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() != plugin.digest:
            hint = "The same command plans the study anew, with the plugin as it is now."
            raise PluginError(Problem(f"plugin {file}", "It was edited since the study was planned.", hint=hint))


def _refuse_several_devices(recipes: Iterable[Recipe]) -> None:
    for recipe in recipes:
        if recipe.runner.devices > 1:
            got = f"{recipe.name} asks for {recipe.runner.devices} devices."
            hint = "Run the study once per GPU, each with its own CUDA_VISIBLE_DEVICES: they share the trials among them."
            raise UsageError(Problem("runner.devices", got, "A study trains each trial on one.", hint))


def _refuse_failed(study: Study) -> None:
    failed = study.failed()
    if failed:
        first = next(iter(failed.values()))
        problems = [Problem(f"{trial.name} ({trial.id})", failure.message) for trial, failure in failed.items()]
        got = f"{len(failed)} of {len(study.plan.trials)} trials failed."
        last = Problem(str(study.path), got, hint="The same command tries them again.")
        raise StudyIncomplete(first.exit_code, *problems, last)

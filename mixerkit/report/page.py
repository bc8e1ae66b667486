"""A report: one page of HTML about studies and runs, that needs nothing beside it and asks nobody for anything."""

import shlex
from collections.abc import Iterable, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from mixerkit.errors import Problem, UsageError
from mixerkit.plots import MOST_LABELLED, confusion_svg
from mixerkit.report.classes import METRICS
from mixerkit.report.differences import join_names
from mixerkit.report.sections import Section, runs_section, study_section
from mixerkit.rundir import RunDir
from mixerkit.study import Study

StrPath = str | PathLike[str]
LOOKS = dict.fromkeys(("recipe", "overlay", "run", "state"), "word") | dict.fromkeys(
    ("published", "note", "protocol"), "word long"
)
"""Columns of words: flush left, where numbers stand flush right; some are long."""


def write_report(folders: StrPath | Iterable[StrPath], out: StrPath | None = None) -> Path:
    """Write one HTML page about runs and studies; the page.

    It holds its own style and charts, reads without scripts, and takes what is there: an unfinished run or study gives a page
    of what is finished. The same folders give the same page, but for the line that says when it was made.

    Args:
        folders: a run directory or a study's folder, or several.
        out: the file to write. None: report.html in the first folder.

    Raises:
        UsageError: a folder is neither a run nor a study, there is none, or ``out`` cannot be written.
        DataError: a file of a run or study is damaged, or was changed since.
    """
    given = [folders] if isinstance(folders, str | PathLike) else list(folders)
    if not given:
        raise UsageError(Problem("write_report", "No folder is given.", "One run directory or study's folder, or several."))
    paths = list({Path(folder).resolve(): Path(folder) for folder in given}.values())
    page = _page(_sections(paths), _command(paths, out))
    target = paths[0] / "report.html" if out is None else Path(out)
    try:
        target.write_bytes(page.encode("utf-8", errors="replace"))  # names of files may be no text at all
    except OSError as error:
        got = f"The report cannot be written: {error.strerror}."
        raise UsageError(Problem(str(target), got, hint="Give another file: --out FILE")) from error
    return target


def _sections(paths: Sequence[Path]) -> list[Section]:
    """One for every study, then one for all runs."""
    for path in paths:
        _refuse_other(path)
    runs = [RunDir.open(path) for path in paths if not _is_study(path)]
    return [*(study_section(Study.open(path)) for path in paths if _is_study(path)), *([runs_section(runs)] if runs else [])]


def _page(sections: Sequence[Section], command: str) -> str:
    environment = Environment(
        loader=PackageLoader("mixerkit.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["named"] = join_names
    return environment.get_template("report.html.jinja").render(
        sections=sections,
        title=sections[0].title if len(sections) == 1 else _title(sections),
        command=command,
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z"),
        looks=LOOKS,
        class_metrics=METRICS,
        confusion_svg=confusion_svg,
        most_labelled=MOST_LABELLED,
    )


def _title(sections: Sequence[Section]) -> str:
    studies = [section.title for section in sections if section.kind == "study"]
    rest = [section.title for section in sections if section.kind != "study"]
    return " and ".join([*([", ".join(studies)] if studies else []), *rest])


def _command(paths: Sequence[Path], out: StrPath | None) -> str:
    return shlex.join(["mixerkit", "report", *map(str, paths), *([] if out is None else ["--out", str(out)])])


def _is_study(path: Path) -> bool:
    return (path / "plan.json").exists()


def _refuse_other(path: Path) -> None:
    if _is_study(path) or any((path / name).exists() for name in ("manifest.json", "recipe.yaml")):
        return
    got = (
        "It is neither a run nor a study." if path.is_dir() else "It is a file." if path.exists() else "There is no such folder."
    )
    hint = "A run is what mixerkit train writes, a study's folder what mixerkit study writes."
    raise UsageError(Problem(str(path), got, hint=hint))

"""JSON files of a run, each validated by its schema: a damaged file is a DataError, never a traceback."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, TypeAdapter, ValidationError

from mixerkit.errors import DataError, Problem
from mixerkit.features import Statistics
from mixerkit.training import SplitResult

T = TypeVar("T")


@dataclass(frozen=True)
class Status:
    """status.json: the state of the run, and the process that wrote it."""

    status: str
    detail: str = ""
    time: str = ""
    host: str = ""
    pid: int = 0


@dataclass(frozen=True)
class Began:
    """What is read again of environment.json: the device, and the folder that the command ran in."""

    device: str
    directory: str = ""


@dataclass(frozen=True)
class Manifest:
    """manifest.json: the sha256 of every file that describes the run."""

    sha256: dict[str, str]


def _of_its_labels(result: SplitResult) -> SplitResult:
    size = len(result.labels)
    if [row.label for row in result.per_class] != result.labels:
        raise ValueError("per_class is not of its labels")
    if [len(row) for row in result.confusion] != [size] * size:
        raise ValueError(f"confusion is not {size} x {size}")
    return result


def _with_epoch(row: dict[str, Any]) -> dict[str, Any]:
    if type(row.get("epoch")) is not int:
        raise ValueError("no epoch")
    return row


STATUS = TypeAdapter(Status)
BEGAN = TypeAdapter(Began)
MANIFEST = TypeAdapter(Manifest)
LABELS = TypeAdapter(list[str])
STATISTICS = TypeAdapter(Statistics)
SUMMARY = TypeAdapter(dict[str, Any])
RESULT: TypeAdapter[SplitResult] = TypeAdapter(Annotated[SplitResult, AfterValidator(_of_its_labels)])
ROW: TypeAdapter[dict[str, Any]] = TypeAdapter(Annotated[dict[str, int | float | str | None], AfterValidator(_with_epoch)])


def parsed(where: str | Path, raw: bytes, shape: TypeAdapter[T]) -> T:
    """The value that ``raw`` says.

    Raises:
        DataError: it is no JSON, or not of this shape.
    """
    try:
        return shape.validate_json(raw, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        got = f"It is damaged: {f'{place}: ' if place else ''}{first['msg']}."
        raise DataError(Problem(str(where), got, hint="Put the file back as the run wrote it.")) from error


def read(path: Path) -> bytes:
    """A file of a run. Raises DataError if it is missing or cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        got = f"It cannot be read: {error.strerror or error}."
        raise DataError(Problem(str(path), got, "A run directory holds it.")) from error


def read_json(path: Path, shape: TypeAdapter[T]) -> T:
    """A JSON file. Raises DataError as :func:`read` and :func:`parsed` do."""
    return parsed(path, read(path), shape)

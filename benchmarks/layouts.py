"""Layouts of data as people bring them, and what the user sees: each is made in an empty folder and given to the command line.

python benchmarks/layouts.py > docs/layouts.md     # all, in a minute
python benchmarks/layouts.py 'fold*' '*start*'     # those whose names match
"""

import io
import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import soundfile

from mixerkit.cli.app import run

RECIPE = """\
name: tiny
data: synthetic-events
audio: {rate: 8000, seconds: 0.5}
features: {kind: log-mel, n_mels: 16}
model: {dim: 16, depth: 1, patches: {size: 8, stride: 8}, block: {operators: [token, channel]}}
"""
READY = "features={kind: precomputed, channels: 1, n_mels: 16, frames: 48}"
BCE = ("runner.loss=bce",)
HEAD = """\
# Layouts of data, and what the user sees

Made by `python benchmarks/layouts.py > docs/layouts.md`: each line is a small tree that was made in an empty folder and given to
`mixerkit data prepare` with `data=` as it stands there. `train` says and refuses the same. Exit codes: 0 done; 2 a setting is
wrong; 3 the data cannot be used.
"""
FILES = 24
"""Recordings that tables list, 00.wav, 01.wav, ...; odd ones are dogs, even ones cats."""


@dataclass(frozen=True)
class Layout:
    """``make`` fills an empty folder, in which the command then runs with ``data`` and ``more`` settings."""

    kind: str
    what: str
    make: Callable[[], object]
    data: str
    more: tuple[str, ...] = ()


def sound(path: Path, seconds: float = 0.4, content: str = "") -> None:
    """A recording, other than any of another ``content`` (its path, if that is not given)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = int.from_bytes(sha256((content or path.as_posix()).encode()).digest()[:4])
    wave = np.random.default_rng(seed).uniform(-0.3, 0.3, round(8000 * seconds))
    soundfile.write(path, wave, 8000, format={".flac": "FLAC", ".mp3": "MP3"}.get(path.suffix, "WAV"))


def tree(
    what: str, *folders: str, extra_labels: Callable[[], object] = lambda: None, data: str = "", suffix: str = ".wav"
) -> Layout:
    """Twelve recordings in every one of these folders of snd."""

    def make() -> None:
        for path in (Path("snd", folder, f"{i}{suffix}") for folder in folders for i in range(12)):
            sound(path)
        extra_labels()

    return Layout("folder", what, make, f"{{kind: folder, root: snd{f', {data}' if data else ''}}}")


def table(
    what: str,
    columns: str,
    row: Callable[[int], str],
    data: str = "",
    more: Sequence[str] = (),
    name: str = "t.csv",
    encode: Callable[[str], bytes] = str.encode,
) -> Layout:
    """A table of ``FILES`` rows beside as many recordings of a second."""

    def make() -> None:
        for i in range(FILES):
            sound(Path(f"{i:02}.wav"), 1.0)
        Path(name).write_bytes(encode("\n".join(filter(None, [columns, *map(row, range(FILES))])) + "\n"))

    return Layout("table", what, make, f"{{kind: table, file: {name}{f', {data}' if data else ''}}}", tuple(more))


def label(i: int) -> str:
    """The class of row ``i``."""
    return "dog" if i % 2 else "cat"


def plain(i: int) -> str:
    """A row of path and label."""
    return f"{i:02}.wav,{label(i)}"


def part(i: int) -> str:
    """A row of path and label: two rows for each file."""
    return f"{i // 2:02}.wav,{label(i)}"


def plus(column: Callable[[int], object], row: Callable[[int], str] = plain) -> Callable[[int], str]:
    """Rows with a further column."""
    return lambda i: f"{row(i)},{column(i)}"


def lines(what: str, row: Callable[[int], Mapping[str, object]], data: str = "", more: Sequence[str] = ()) -> Layout:
    """JSON lines: ``row`` says what differs from path and label."""

    def text(i: int) -> str:
        return json.dumps({"path": f"{i:02}.wav", "label": label(i), **row(i)})

    return table(f"JSON lines: {what}", "", text, data, more, "t.jsonl")


def npz(what: str, data: str = "", **arrays: object) -> Layout:
    """Ready spectrograms with labels, and other arrays."""

    def make() -> None:
        values = np.random.default_rng(0).uniform(size=(24, 1, 16, 48))
        np.savez("t.npz", **{"spectrograms": values, "labels": np.array(["dog", "cat"] * 12), **arrays})  # type: ignore[arg-type]

    return Layout("tensors", what, make, f"{{kind: tensors, file: t.npz{f', {data}' if data else ''}}}", (READY,))


def others(*names: str, content: str = "") -> Callable[[], None]:
    """Makes further files of these names in snd: recordings by what they hold, alike if ``content`` is given."""

    def make() -> None:
        for name in names:
            sound(Path("snd", name), content=content)

    return make


def splits_of(*splits: str) -> list[str]:
    """Folders of two classes below each of ``splits``."""
    return [f"{split}/{name}" for split in splits for name in ("dog", "cat")]


def trees() -> list[Layout]:
    """Folders of recordings."""
    two, snd = ("dog", "cat"), Path("snd")
    hashed = tree("a root with # in its name", *two, extra_labels=lambda: snd.rename("takes #2"))
    return [
        tree("one folder per class", *two),
        tree("recordings deeper in a class", "dog/day1", "dog/day2", "cat/day1"),
        tree("suffixes in capitals", *two, suffix=".WAV"),
        tree("FLAC", *two, suffix=".flac"),
        tree("MP3", *two, suffix=".mp3"),
        tree("M4A, which is not read", *two, extra_labels=lambda: [p.rename(p.with_suffix(".m4a")) for p in snd.rglob("*.wav")]),
        tree("names with spaces, commas, accents", "small dog, barking", "Vögel", "猫"),
        tree("a class in two cases", "Dog", "dog", "cat"),
        tree("a class in two Unicode forms", "Vo\u0308gel", "V\u00f6gel", "cat"),
        tree("one class", "dog"),
        tree("an empty class", *two, extra_labels=lambda: (snd / "bird").mkdir()),
        tree("a folder around all", "set/dog", "set/cat"),
        tree("flat files", "."),
        tree("a stray recording beside the classes", *two, extra_labels=others("stray.wav")),
        tree("text and tables in and beside classes", *two, extra_labels=others("README.md", "dog/notes.txt", "dog/list.csv")),
        tree("no such folder"),
        tree("train and test", *splits_of("train", "test")),
        tree("Train, VALID, Test", *splits_of("Train", "VALID", "Test")),
        tree("training, dev, testing", *splits_of("training", "dev", "testing")),
        tree("train and val", *splits_of("train", "val")),
        tree("train alone", *splits_of("train")),
        tree("train and eval", *splits_of("train", "eval")),
        tree("train and test beside a class", *splits_of("train", "test"), "bird"),
        tree("train and test without classes", "train", "test"),
        tree("splits below classes", "dog/train", "dog/test", "cat/train", "cat/test"),
        tree("a class called train", "train", "bus", "tram"),
        tree("a class that is in the test alone", *splits_of("train", "test"), "test/bird"),
        tree("splits, but divided anew", *splits_of("train", "test"), data="folds: 4"),
        tree(".ipynb_checkpoints and .Trash in classes", *two, "dog/.ipynb_checkpoints", "cat/deep/.Trash-1000"),
        tree("macOS's ._ files and .DS_Store", *two, extra_labels=others("dog/._0.wav", "cat/._1.wav", "dog/.DS_Store")),
        tree(
            "@eaDir, Thumbs.db, desktop.ini",
            *two,
            extra_labels=others("dog/@eaDir/0.wav/x.wav", "cat/Thumbs.db", "cat/desktop.ini"),
        ),
        tree("__MACOSX, .git, lost+found in the root", *two, "__MACOSX/dog", ".git/x", "lost+found"),
        tree("_background_noise_", *two, "_background_noise_"),
        tree("fold1, fold2, ...", "fold1", "fold2", "fold3"),
        tree("speakers in names", *two, data="group: '/([0-9])[0-9]?.wav'"),
        tree("a pattern that matches no name", *two, data="group: '(speaker[0-9]+)'"),
        tree("the same recording in two classes", *two, extra_labels=others("dog/x.wav", "cat/x.wav", content="x")),
        tree("chosen classes", *two, "bird", "frog", data="classes: [frog, dog]"),
        tree("a chosen class that is none", *two, "bird", data="classes: [dog, birds]"),
        tree("an empty file", *two, extra_labels=lambda: (snd / "dog/x.wav").touch()),
        tree("a broken link", *two, extra_labels=lambda: (snd / "dog/x.wav").symlink_to("nowhere.wav")),
        tree("a link to a folder", *two, extra_labels=lambda: (snd / "dog/more").symlink_to((snd / "cat").absolute())),
        tree("a named pipe", *two, extra_labels=lambda: os.mkfifo("snd/dog/x.wav")),
        replace(hashed, data="folder", more=("data.root=takes #2",)),
    ]


def tables() -> list[Layout]:
    """Tables: how they are written, what they say of labels, splits, folds, groups and stretches; and .npz files."""
    both, several, none = "path,label", "separator: ';'", ("dog;rain", "dog", "rain", "")
    splits, folds, times, three = "path,label,split", "path,label,fold", "path,label,start,end", ("train", "val", "test")
    speakers = plus(lambda i: ("theo", "george", "anna", "ben")[i // 2 % 4])
    rain = [f"{plain(i)}{';rain' * (i % 4 < 2)}" for i in range(FILES)].__getitem__
    fixed = plus(lambda i: "test" if i < 4 else "")
    return [
        table("path and label", both, plain),
        table("semicolons", both, plain, encode=lambda text: text.replace(",", ";").encode()),
        table("tabs", both, plain, name="t.tsv", encode=lambda text: text.replace(",", "\t").encode()),
        table("bars in a .csv", both, plain, encode=lambda text: text.replace(",", "|").encode()),
        table("BOM, CRLF, blank rows", both, plain, encode=lambda text: f"\ufeff{text}\n,\n".replace("\n", "\r\n").encode()),
        table("Latin-1", both, lambda i: f"{plain(i)}é", encode=lambda text: text.encode("latin-1")),
        table("UTF-16", both, plain, encode=lambda text: text.encode("utf-16")),
        table("an .xlsx file", both, plain, name="t.xlsx"),
        table("spaces in the head line", "path , label", plain),
        table("columns of other names", "filename,category", plain),
        table("such columns, named", "filename,category", plain, "columns: {path: filename, label: category}"),
        table("a comma in a name, not quoted", both, lambda i: f"{plain(i)}{', loud' * (i == 3)}"),
        table("two columns of one name", "path,label,label", plus(label)),
        table("columns that are not used", "path,label,comment,salience", plus(lambda i: "loud,1")),
        table("backslashes in paths", both, lambda i: f".\\{plain(i)}"),
        table("a path outside of the table's folder", both, lambda i: f"../{plain(i)}"),
        table("a file that is missing", both, lambda i: plain(i) if i else "gone.wav,cat"),
        table("a row without a label", both, lambda i: plain(i) if i else "00.wav,"),
        table("a row twice", both, lambda i: plain(i or 1)),
        table("a file in two rows of different labels", both, part),
        table("one row per label", both, lambda i: f"{i // 2:02}.wav,{'abc'[i % 4 % 3]}", "merge_rows: true", BCE),
        table("dog;rain without a separator", both, rain),
        table("dog;rain with one", both, rain, several, BCE),
        table("dog;rain with one, but cross-entropy", both, rain, several),
        table("rows without any label", both, lambda i: f"{i:02}.wav,{none[i % 4]}", several, BCE),
        table("real numbers as labels", both, lambda i: f"{i:02}.wav,{i % 4 / 8 - 0.1135}"),
        table("labels nan", both, lambda i: plain(i) if i % 4 else f"{i:02}.wav,nan"),
        lines("numbers as labels and folds", lambda i: {"label": (1, 2.0)[i % 2], "fold": i // 2 % 4}, "fold: 0"),
        lines("lists of labels, null", lambda i: {"label": (None, ["a", "b"], ["a"], "b")[i % 4]}, "", BCE),
        lines("a label null", lambda i: {"label": i or None}),
        lines("a label NaN", lambda i: {"label": i or math.nan}),
        lines("NUL in a path", lambda i: {"path": f"{i:02}\0.wav"}),
        table("JSON lines: a key twice", '{"path": "00.wav", "label": "a", "label": "b"}', lambda i: "", name="t.jsonl"),
        table("JSON lines: 100,000 brackets", "[" * 100_000, lambda i: "", name="t.jsonl"),
        table("train, val, test", splits, plus(lambda i: ("train", *three)[i // 2 % 4])),
        table("Training, dev, TEST", splits, plus(lambda i: ("Training", "dev", "TEST")[i // 2 % 3])),
        table("a split misspelt", splits, plus(lambda i: "trian")),
        table("eval as a split", splits, plus(lambda i: "eval" if i < 6 else "train")),
        table("train and test, no val", splits, plus(lambda i: "test" if i < 6 else "train"), "val: 0.3"),
        table("a fixed test, the rest empty", splits, fixed),
        table("groups of which all have a test row", f"{splits},group", plus(lambda i: f"g{i % 4}", fixed)),
        table("a group in two splits", f"{splits},group", plus(lambda i: f"{three[i // 2 % 3]},g{i % 5}")),
        table("folds 0 to 4, fold: 2", folds, plus(lambda i: i // 2 % 5), "fold: 2"),
        table("folds 1.0 to 6.0, fold: 2", folds, plus(lambda i: float(i // 2 % 6 + 1)), "fold: 2"),
        table("folds 01 to 06, none said", folds, plus(lambda i: f"{i // 2 % 6 + 1:02}")),
        table("folds by name, fold: theo", folds, speakers, "fold: theo"),
        table("a fold that is none", folds, speakers, "fold: tim"),
        table("two folds", folds, plus(lambda i: i // 2 % 2)),
        table("rows in no fold", folds, plus(lambda i: "" if i < 2 else i // 2 % 4)),
        table("a split in some rows, and folds", f"{splits},fold", plus(lambda i: i // 2 % 4, fixed)),
        table("a fold said where there are none", "path,label", plain, "fold: 1"),
        table("start and end", times, plus(lambda i: f"{i % 2 / 2},{i % 2 / 2 + 0.5}", part)),
        table("onset and offset", "path,label,onset,offset", plus(lambda i: "0.1,0.7")),
        table("start and duration", "path,label,start,duration", plus(lambda i: "0.25,0.5")),
        table("a start behind the end of the file", times, plus(lambda i: "317.5,321.5" if i < 2 else "0,1")),
        table("such a start, not used", times, plus(lambda i: "317.5,321.5"), "columns: {start: null, end: null}"),
        table("a start that is no number", times, plus(lambda i: "0:30,0:34")),
        table("stretches of one file in two splits", f"{splits},start", plus(lambda i: f"{three[i % 3]},{i % 2 / 2}", part)),
        npz("labels as bytes", labels=np.array([b"dog", b"cat"] * 12)),
        npz("folds as floats, fold: 2", "fold: 2", fold=np.repeat([1.0, 2.0, 3.0, 4.0], 6)),
        npz("Train and TEST, no val", "val: 0.2", split=np.array(["Train"] * 16 + ["TEST"] * 8)),
        npz("a label that is NaN", labels=np.array([1.0, np.nan] * 12)),
    ]


def line(layout: Layout) -> str:
    """A line of the page: the layout is made, and the command run."""
    out = io.StringIO()
    words = [word for setting in (f"data={layout.data}", *layout.more) for word in ("--set", setting)]
    with tempfile.TemporaryDirectory() as folder, chdir(folder), redirect_stdout(out), redirect_stderr(out):
        Path("recipe.yaml").write_text(RECIPE)
        layout.make()
        code = run(["data", "prepare", "recipe.yaml", *words])
        text = out.getvalue().replace(f"{Path.cwd()}/", "")
    lines = "<br>".join(part.strip() for part in text.splitlines() if part.strip())
    settings = " ".join(f"`{setting}`" for setting in (layout.data, *layout.more) if setting != READY)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in (layout.what, settings, str(code), lines))} |"


def main() -> None:
    """Print the page."""
    print(HEAD, end="")
    before = ""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["MIXERKIT_CACHE"] = cache
        for layout in (*trees(), *tables()):
            if layout.kind != before:
                print(f"\n## `{layout.kind}`\n\n| layout | settings | exit | what is said |\n|---|---|---|---|")
            print(line(layout), flush=True)
            before = layout.kind


if __name__ == "__main__":
    main()

"""A folder with a tiny recipe and a study of it; trainings that are only pretended."""

import hashlib
import json

import pytest

from mixerkit.rundir.folder import RunDir
from mixerkit.study import run as running
from tests.conftest import TINY

ONE_EPOCH = TINY.replace("epochs: 2", "epochs: 1")
REVERSED = '{recipe: tiny.yaml, name: reversed, set: ["model.block.operators=[roll-time, hermit-frequency]"]}'


class Workspace:
    """A folder to break studies in."""

    def __init__(self, path):
        self.path, self.file, self.out = path, path / "try.yaml", path / "out"
        path.mkdir(exist_ok=True)
        (path / "tiny.yaml").write_text(ONE_EPOCH)

    def study(self, text="", recipes=f"[tiny.yaml, {REVERSED}]", seeds="[0, 1]", file=None):
        """Write a study of two rows; ``text`` is laid below."""
        path = file or self.file
        path.write_text(f"name: try\nrecipes: {recipes}\nseeds: {seeds}\n{text}")
        return path


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


class Pretended:
    """Stands in for train and resume: a run folder with a result made of the trial's id, at once.

    Attributes:
        trained: ids in the order in which they were trained, with each training that failed.
        failing: what to raise, by a word in the recipe's resolved settings, such as '"seed": 1'.
    """

    def __init__(self):
        self.trained, self.failing = [], {}

    def train(self, recipe, out):
        self.trained.append(out.name)
        settings = json.dumps(recipe.as_dict())
        for word, error in self.failing.items():
            if word in settings:
                raise error
        out.mkdir(exist_ok=True)
        self._finish(out)

    def resume(self, run):
        self.trained.append(run.path.name)
        self._finish(run.path)

    def _finish(self, out):
        drawn = int(hashlib.sha256(out.name.encode()).hexdigest(), 16)
        folder = RunDir(out)
        metrics = {"test/accuracy": drawn % 101 / 101, "test/auc": drawn % 103 / 103, "val/accuracy": drawn % 107 / 107}
        about = {"protocol": "made", "best_epoch": 1, "parameters": 10, "flops": 20, "seconds": 1.5}
        folder.write_json("summary.json", {**metrics, **about})
        folder.say("finished")


@pytest.fixture
def pretended(monkeypatch):
    made = Pretended()
    monkeypatch.setattr(running, "train", made.train)
    monkeypatch.setattr(running, "resume", made.resume)
    return made


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A study that was really trained; only looked at, or copied."""
    workspace = Workspace(tmp_path_factory.mktemp("done"))
    running.run_study(workspace.study(), out=workspace.out)
    return workspace


def contents(folder):
    """{file: (when it was changed, what it holds)} below ``folder``."""
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()}

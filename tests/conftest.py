"""What all tests share: no network, no GPU, a cache of their own, examples drawn the same way every time.

Two processes run them at once, so each computes with one thread, and so do the commands that they start: the bits of a training
depend on the number of threads.
"""

import os
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported

import hypothesis
import pytest
import torch

from mixerkit.cli.app import run

REPOSITORY = Path(__file__).resolve().parents[1]

hypothesis.settings.register_profile("kit", derandomize=True, deadline=None, max_examples=20, database=None)
hypothesis.settings.load_profile("kit")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """Made data goes to a folder of the session."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIXERKIT_CACHE", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def no_leftovers():
    """No test leaves its random state or precision to the next."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
    assert torch.get_default_dtype() == torch.float32


@pytest.fixture
def recipes():
    """The shipped recipes."""
    return REPOSITORY / "recipes"


@pytest.fixture
def plugins():
    """The shipped plugins."""
    return REPOSITORY / "plugins"


@pytest.fixture
def call(capsys):
    """Run a command line in this process; (exit code, what it printed, what it complained)."""

    def called(*words):
        code = run([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, out, err

    return called


TINY = """\
name: tiny
data: {kind: synthetic-events, train: 3, val: 2, test: 2, seconds: 0.5}
audio: {seconds: 0.5}
features: {kind: log-mel, n_mels: 32}
model:
  dim: 16
  depth: 2
  patches: {size: 8, stride: 8}
  drop_path: {rate: 0.2}
  block: {operators: [hermit-frequency, roll-time]}
runner: {epochs: 2, batch_size: 8, device: cpu, optimizer: {kind: adamw, lr: 1e-3}}
"""
"""A recipe that trains in a second."""


@pytest.fixture
def tiny(tmp_path):
    """The tiny recipe as a file."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return path

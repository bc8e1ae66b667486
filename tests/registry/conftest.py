"""A command line beside a plugin."""

import pytest


@pytest.fixture
def call(call, tmp_path, monkeypatch):
    """The command line, in the folder where a test puts its plugin."""
    monkeypatch.chdir(tmp_path)
    return call

"""A command line, run in this process, in a folder of its own."""

import pytest

from mixerkit.cli.app import run


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """Run a command line beside the plugin; (exit code, what it printed, what it complained)."""
    monkeypatch.chdir(tmp_path)

    def called(*words):
        code = run([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, out, err

    return called

"""A command line, run in this process."""

import pytest

from mixerkit.cli.app import run


@pytest.fixture
def call(capsys):
    """Run a command line; (exit code, what it printed, what it complained)."""

    def called(*words):
        code = run([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, out, err

    return called

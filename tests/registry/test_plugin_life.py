"""Plugins while they are imported, listed and loaded again."""

import signal
import subprocess
import sys
import time

import pytest

from mixerkit import Grid
from mixerkit.errors import Interrupted, PluginError
from mixerkit.operators import OPERATORS
from mixerkit.registry import Scope, load_file, plugin_files
from tests.conftest import REPOSITORY
from tests.registry.test_faulty_plugins import faulty


@pytest.mark.parametrize("error", ["Interrupted(2)", "KeyboardInterrupt"])
def test_a_stop_while_a_plugin_is_imported_is_no_fault_of_its(tmp_path, error):
    path = tmp_path / "slow.py"
    path.write_text(f"from mixerkit.errors import Interrupted\nraise {error}\n")
    before = set(sys.modules)
    with pytest.raises((Interrupted, KeyboardInterrupt)):
        load_file(path)
    assert set(sys.modules) == before


def stopped(tmp_path, body, wait, times=1):
    """A check whose plugin sleeps in ``body``, stopped there ``times`` times; (exit code, complaint)."""
    marker = tmp_path / "marker"
    path = faulty(tmp_path)
    text = f"import time, pathlib, atexit\n{body.format(marker=str(marker))}\n"
    (tmp_path / "mine.py").write_text(text + (tmp_path / "mine.py").read_text())
    process = subprocess.Popen(
        [sys.executable, "-m", "mixerkit", "check", *wait, str(path)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    for time_ in range(times):
        while not marker.exists() and process.poll() is None:
            time.sleep(0.02)
        if time_ < times - 1:
            marker.unlink()
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


TOUCH = "pathlib.Path({marker!r}).touch(); time.sleep(30)"


@pytest.mark.parametrize("each", [[], ["--each"]])
def test_ctrl_c_while_a_plugin_is_imported_ends_with_130(tmp_path, each):
    code, err = stopped(tmp_path, TOUCH, each)
    assert (code, "Traceback" in err, "Stopped on request" in err) == (130, False, True), err


def test_a_second_ctrl_c_while_leaving_is_quiet(tmp_path):
    body = f"def leave():\n    {TOUCH}\natexit.register(leave)\n{TOUCH}"
    code, err = stopped(tmp_path, body, [], times=2)
    assert (code, "Traceback" in err) == (130, False), err


def test_ctrl_c_while_the_command_still_loads_is_quiet(tmp_path):
    """Sent as soon as Python itself has started: typer, pydantic and torch are still to come."""
    program = f"import os, sys, threading, signal, time\nsys.path.insert(0, {str(REPOSITORY)!r})\nfrom mixerkit.cli import main\n"
    for delay in (0.02, 0.05, 0.1, 0.4):
        stop = f"threading.Timer({delay}, os.kill, (os.getpid(), signal.SIGINT)).start()\nmain(['check', 'recipes/asm.yaml'])"
        done = subprocess.run([sys.executable, "-c", program + stop], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (130, False), done.stderr


# listing and loading again


def test_a_file_that_registers_nothing_is_refused_each_time(tmp_path):
    path = tmp_path / "nothing.py"
    path.write_text("x = 1\n")
    for _ in range(2):
        with pytest.raises(PluginError, match="registers nothing"):
            load_file(path)


def test_listing_shows_every_plugin_that_is_broken(tmp_path, call):
    (tmp_path / "plugins").mkdir()
    for name, text in {
        "syntax": "def f(:\n",
        "missing": "import no_such_module\n",
        "leaves": "import sys\nsys.exit(0)\n",
        "_helper": "raise RuntimeError\n",
    }.items():
        (tmp_path / "plugins" / f"{name}.py").write_text(text)
    (tmp_path / "here.py").write_text("from mixerkit import operator\n@operator\nclass Broken(:\n")
    (tmp_path / "script.py").write_text("def f(:\n")
    code, out, _ = call("list", "plugins", "--load")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert code == 0
    said_of = {"syntax": "SyntaxError", "missing": "no_such_module", "leaves": "SystemExit", "here": "SyntaxError"}
    for name, message in said_of.items():
        assert "BROKEN" in rows[name]
        assert message in rows[name]
    assert not {"script", "_helper"} & set(rows)
    assert call("list", "plugins")[0] == 0
    assert plugin_files(tmp_path / "nowhere") == []


def test_held_methods_still_take_keywords(tmp_path):
    faulty(tmp_path)
    loaded = load_file(tmp_path / "mine.py")
    spec = OPERATORS.kinds(Scope((loaded,)))["mine"]()
    assert spec.flops(grid=Grid(1, 2, 3), index=None) is None
    assert spec.build.__name__ == "build"

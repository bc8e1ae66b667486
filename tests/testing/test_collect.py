"""pytest -p mixerkit.testing: a package that says three lines has all its operators tested, and no file runs that holds none."""

import re
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from mixerkit.operators.pointwise import PointwiseSpec
from mixerkit.testing import new_operator
from mixerkit.testing.collect import FurtherLaws

PYPROJECT = """\
[tool.pytest.ini_options]
addopts = "-p mixerkit.testing"
testpaths = ["mixers", "tests"]
"""
BYSTANDER = "raise SystemExit('nobody asked for this file')\n"


@pytest.fixture
def package(tmp_path):
    """A package with two operators, one of them in a module of its own name, and a test of its own."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_own.py").write_text("def test_own():\n    assert True\n")
    for name in ("one-lag", "other-lag"):
        _, test = new_operator(name, tmp_path / "mixers")
        test.unlink()
    (tmp_path / "mixers" / "__init__.py").touch()
    (tmp_path / "mixers" / "bystander.py").write_text(BYSTANDER)
    return tmp_path


def pytest_in(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--operator-examples", "2", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_three_lines_test_every_operator_of_a_package(package):
    done = pytest_in(package, "-k", "not compiles", "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    for stem, kind in (("one_lag", "one-lag"), ("other_lag", "other-lag")):
        reported = rf"^mixers/{stem}\.py::(\S.*) PASSED"
        names = [name for name in re.findall(reported, done.stdout, flags=re.M) if kind in name]
        assert len(names) == 2 * (11 + 5) + 1
        assert {f"law affine-{kind}", f"keeps_clips_independent-{kind} lag=2", f"further laws-{kind}"} <= set(names)
    assert "tests/test_own.py::test_own PASSED" in done.stdout
    assert "68 passed" not in done.stdout  # the operators' and the package's own
    assert "67 passed, 4 deselected" in done.stdout


def test_a_fault_is_reported_with_its_smallest_case_and_no_traceback(package):
    path = package / "mixers" / "one_lag.py"
    path.write_text(path.read_text().replace("self.blend(torch.cat", "x.mean(0) + self.blend(torch.cat"))
    done = pytest_in(package, "mixers/one_lag.py", "-k", "clips_independent or shape")
    assert done.returncode == 1
    assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "clips leak into each other\none-lag, grid 4 x 4 x 16, block 0 of 4, seed 0" in done.stdout
    assert "FAILED mixers/one_lag.py::keeps_clips_independent-one-lag lag=2" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_hint_is_no_failure_where_warnings_are():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FurtherLaws.runtest(SimpleNamespace(examples=(PointwiseSpec(),), path=Path("mixer.py")))


def test_a_law_that_it_does_not_declare_is_a_warning(package):
    path = package / "mixers" / "one_lag.py"
    path.write_text(path.read_text().replace("Law.AFFINE,", ""))
    done = pytest_in(package, "mixers/one_lag.py", "-k", "further")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OperatorHint: one-lag: the law affine seems to hold (" in done.stdout
    assert "1 passed" in done.stdout


def test_a_file_that_cannot_be_imported_is_an_error_of_that_file(package):
    path = package / "mixers" / "one_lag.py"
    path.write_text("import no_such_package\n" + path.read_text())
    done = pytest_in(package, "-k", "shape")
    assert done.returncode == 2
    assert "ERROR mixers/one_lag.py" in done.stdout
    assert "No module named 'no_such_package'" in done.stdout


def test_a_file_that_is_no_python_and_looks_like_an_operators_is_an_error(package):
    path = package / "mixers" / "one_lag.py"
    path.write_text(path.read_text() + "def broken(:\n")
    done = pytest_in(package, "-k", "shape")
    assert done.returncode == 2
    assert "ERROR mixers/one_lag.py" in done.stdout
    assert "SyntaxError" in done.stdout


def test_a_decorator_under_another_name_is_seen_and_so_is_a_file_where_all_may_be_tests(package):
    path = package / "mixers" / "one_lag.py"
    path.write_text("from mixerkit import operator as op\n" + path.read_text().replace("@operator", "@op"))
    done = pytest_in(package, "-o", "python_files=*.py", "--ignore=mixers/bystander.py", "--collect-only", "-q", "-k", "shape")
    assert sum("::keeps_shape" in line for line in done.stdout.splitlines()) == 4, done.stdout + done.stderr


def test_a_number_of_cases_that_is_none_is_refused(package):
    done = pytest_in(package, "--operator-examples", "0")
    assert done.returncode == 4
    assert "'0' is no whole number from 1" in done.stderr


def test_operators_of_a_file_of_tests_are_left_to_it(package):
    (package / "mixers" / "one_lag.py").rename(package / "tests" / "test_lag.py")
    done = pytest_in(package, "tests", "--collect-only", "-q")
    assert "1 test collected" in done.stdout

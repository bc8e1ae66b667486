"""new operator: two files that pass as they are, well written, and never over anything that is there."""

import re
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

RUFF = [sys.executable, "-m", "ruff"]


@pytest.fixture
def here(call, tmp_path, monkeypatch):
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return call


def test_it_writes_a_plugin_and_its_test_and_says_what_to_do_with_them(here, tmp_path):
    code, out, _ = here("new", "operator", "quiet-blend")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "plugins").iterdir()) == ["quiet_blend.py", "test_quiet_blend.py"]
    assert "mixerkit test-operator quiet-blend --plugin plugins/quiet_blend.py\n" in out
    assert "pytest plugins/test_quiet_blend.py\n" in out
    text = (tmp_path / "plugins" / "quiet_blend.py").read_text()
    assert text.startswith('"""Quiet blend: ')
    assert "class QuietBlendSpec(OperatorSpec):" in text
    assert not re.search("my.?mixer", text + (tmp_path / "plugins" / "test_quiet_blend.py").read_text(), flags=re.I)
    assert here("info", "quiet-blend", "--plugin", "quiet_blend")[0] == 0
    assert re.search(r"(?m)^quiet_blend .* quiet-blend$", here("list", "plugins")[1])
    assert "test_quiet_blend" not in here("list", "plugins")[1]


def test_what_it_writes_keeps_the_contract_and_all_its_laws(here):
    here("new", "operator", "my_mixer")
    code, out, err = here("test-operator", "my-mixer", "--plugin", "my_mixer", "--examples", 1)
    assert (code, err) == (0, "")
    assert out.count("passes\n") == 12 + 5
    assert "hint" not in out


def test_a_third_party_pytest_passes_and_names_a_fault_in_a_few_lines(here, tmp_path):
    """Three lines of a stranger's test file, in a process of their own."""
    here("new", "operator", "sound", "--out", tmp_path)
    here("new", "operator", "faulty", "--out", tmp_path)
    faulty = (tmp_path / "faulty.py").read_text()
    (tmp_path / "faulty.py").write_text(faulty.replace("self.blend(torch.cat", "x.mean(0) + self.blend(torch.cat"))
    for name in ("sound", "faulty"):
        test = tmp_path / f"test_{name}.py"
        test.write_text(test.read_text().replace("Spec)", "Spec, examples=2)"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not compiles", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "2 failed, 62 passed, 4 deselected" in done.stdout, done.stdout + done.stderr
    for title in ("faulty", "faulty lag=2"):
        assert f"test_faulty[keeps_clips_independent-{title}]" in done.stdout
        reported = f"clip 0 comes out differently alone and in a batch: clips leak into each other\n{title}, grid 4 x 4 x 16, "
        assert reported in done.stdout
    assert "Traceback" not in done.stdout
    assert "hypothesis" not in done.stdout.lower().replace("plugins: hypothesis", "")


@pytest.mark.parametrize("name", ["my-mixer", "a", "a-name-that-is-as-long-as-it-can-ever-be"])
def test_what_it_writes_is_formatted_and_clean(here, tmp_path, name):
    """But for the order of imports, which depends on what a project calls its own."""
    assert here("new", "operator", name, "--out", tmp_path / "made")[0] == 0
    for command in (["format", "--check", "--line-length", "130"], ["check", "--line-length", "130", "--ignore", "I001"]):
        done = subprocess.run([*RUFF, *command, "--isolated", tmp_path / "made"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My-Mixer", "It is no name of an operator."),
        ("my mixer", "It is no name of an operator."),
        ("my--mixer", "It is no name of an operator."),
        ("../mine", "It is no name of an operator."),
        ("2d", "It is no name of an operator."),
        ("law", "Its class would be called Law"),
        ("operator-spec", "Its class would be called OperatorSpec"),
        ("sequence", "Its class would be called Sequence"),
        ("literal", "Its class would be called Literal"),
        ("field", "Its class would be called Field"),
        ("true", "Its class would be called True"),
        ("none", "Its class would be called None"),
        ("null", "null is no word"),
        ("", "It is no name of an operator."),
        ("x" * 41, "It is no name of an operator."),
        ("token", "There is an operator of that name."),
        ("dct", "There is a transform of that name."),
        ("roll_time", "There is an operator of that name."),
        ("gated-shift", "There is an operator of that name in "),
        ("test-mine", "is a test to pytest"),
        ("conftest", "is a test to pytest"),
        ("lambda", "is a word of Python"),
        ("json", "is a word of Python, or a module"),
        ("numpy", "is a word of Python, or a module"),
    ],
)
def test_a_name_that_cannot_be_is_refused(here, tmp_path, name, message):
    code, _, err = here("new", "operator", name)
    assert code == 2
    assert "Traceback" not in err
    assert message in err
    assert not list(tmp_path.iterdir())


def test_it_overwrites_nothing(here, tmp_path):
    assert here("new", "operator", "mine")[0] == 0
    before = (tmp_path / "plugins" / "mine.py").read_text()
    code, _, err = here("new", "operator", "mine")
    assert code == 2
    assert "There is an operator of that name in plugins/mine.py." in err
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "test_other.py").write_text("mine")
    code, _, err = here("new", "operator", "other", "--out", "elsewhere")
    assert code == 2
    assert "elsewhere/test_other.py\n    It exists already." in err
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["test_other.py"]
    assert (tmp_path / "plugins" / "mine.py").read_text() == before


def test_a_folder_that_is_none_is_reported(here, tmp_path):
    (tmp_path / "plugins").write_text("a file")
    code, _, err = here("new", "operator", "mine")
    assert code == 2
    assert "plugins\n    It cannot be written: " in err
    assert "Traceback" not in err


def test_the_docs_show_the_test_that_it_writes(here, tmp_path):
    here("new", "operator", "my-mixer")
    written = (tmp_path / "plugins" / "test_my_mixer.py").read_text().partition("\n\n")[2]
    assert f"```python\n{written}```" in (REPOSITORY / "docs" / "plugins.md").read_text()

"""list and info: what there is, and what it says of itself."""

import json
import re

import pytest

from tests.conftest import REPOSITORY, TINY
from tests.registry.test_registry import plugin


def test_list_by_pattern(call):
    assert [line.split()[0] for line in call("list", "operators", "roll*")[1].splitlines()] == ["roll", "roll-time"]
    assert call("list", "operators", "nothing*")[1] == "No operators match 'nothing*'.\n"


@pytest.mark.parametrize(
    ("what", "some"),
    [
        ("operators", {"token", "hermit-frequency"}),
        ("transforms", {"hermit", "transpose"}),
        ("datasets", {"folder", "synthetic-events", "urbansound8k"}),
        ("heads", {"mean-pool", "ast", "masked-mean-pool"}),
        ("features", {"log-mel"}),
        ("recipes", {"recipes/asm_rh.yaml", "recipes/paper/casia.yaml"}),
        ("plugins", {"gated_shift"}),
    ],
)
def test_list_says_a_line_each(call, what, some, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    code, out, _ = call("list", what)
    rows = [line.split(maxsplit=1) for line in out.splitlines()]
    assert code == 0
    assert some <= {row[0] for row in rows}
    assert all(len(row) == 2 for row in rows), "each says what it is"


def test_list_recipes_works_from_anywhere(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "recipes/asm_rh.yaml" in call("list", "recipes", "asm*")[1]


def test_a_broken_plugin_is_a_line_among_the_others(call, tmp_path, monkeypatch):
    (tmp_path / "plugins").mkdir()
    plugin(tmp_path / "plugins", "fine.py", "fine-kind")
    plugin(tmp_path / "plugins", "sick.py", "sick-kind", tail="raise RuntimeError('boom')")
    monkeypatch.chdir(tmp_path)
    for command in (["list", "plugins", "--load"], ["plugins"]):
        code, out, _ = call(*command)
        assert code == 0
        assert re.search(r"^fine +\S+fine\.py +- +ok +fine-kind$", out, flags=re.M)
        assert re.search(r"^sick +\S+sick\.py +- +BROKEN +RuntimeError .*boom$", out, flags=re.M)
    assert out.startswith("name ")


def test_an_installed_plugin_says_its_version(call, tmp_path, monkeypatch):
    info = tmp_path / "far_mixers-1.4.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: far-mixers\nVersion: 1.4\n")
    (info / "entry_points.txt").write_text("[mixerkit.plugins]\nfar = no_such_module\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert re.search(r"^far +far-mixers 1\.4 +see: mixerkit plugins$", call("list", "plugins")[1], flags=re.M)
    assert re.search(r"^far +far-mixers +1\.4 +BROKEN +ModuleNotFoundError", call("plugins")[1], flags=re.M)


def test_schema_is_json_with_the_plugins_kinds(call, plugins):
    code, out, _ = call("schema", "--plugin", plugins / "gated_shift.py")
    assert code == 0
    assert "GatedShiftSpec" in json.loads(out)["$defs"]
    assert json.loads(call("schema", "--overlay")[1])["title"] == "mixerkit overlay"


def test_listing_plugins_runs_none_of_them(call, tmp_path, monkeypatch):
    (tmp_path / "plugins").mkdir()
    marker = tmp_path / "marker"
    plugin(tmp_path / "plugins", "sly.py", "sly-kind", tail=f"open({str(marker)!r}, 'w')")
    (tmp_path / "script.py").write_text(f"kind: str = 'no-plugin'\nopen({str(marker)!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    _, out, _ = call("list", "plugins")
    assert re.search(r"sly +\S+sly\.py +sly-kind", out)
    assert "script" not in out
    assert not marker.exists()


def test_info_names_the_plugin_that_would_provide_a_kind(call, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    code, _, err = call("info", "gated-shift")
    assert code == 2
    assert "--plugin gated_shift" in err
    assert call("info", "gated-shift", "--plugin", "gated_shift")[0] == 0


def test_a_plugin_is_found_by_name_for_every_command(call, tmp_path, monkeypatch, recipes):
    monkeypatch.chdir(tmp_path)
    text = TINY.replace("[hermit-frequency, roll-time]", "[gated-shift]")
    (tmp_path / "mine.yaml").write_text(text)
    for command in (["check", "mine.yaml"], ["show", "mine.yaml"], ["info", "gated-shift"], ["list", "operators", "gated*"]):
        assert call(*command, "--plugin", "gated_shift")[0] == 0


def test_info_names_licence_and_citation_of_a_published_data_set(call):
    out = call("info", "fsdd")[1]
    assert re.search(r"licence +CC BY-SA 4\.0", out)
    assert re.search(r"cite +Z\. Jackson", out)
    assert "licence" not in call("info", "folder")[1]


def test_info_explains_settings_laws_and_source(call, plugins):
    code, out, _ = call("info", "roll-time")
    assert code == 0
    assert "2402.18007" in out
    assert re.search(r"hidden_ratio +4\.0 +hidden width of the MLP, in units of D", out)
    assert "any-length" in out
    assert "roll_time.py" in out
    assert re.search(
        r"transform: rfft, operator: \(channel hidden_ratio=1\.0\) +any-length, freq-roll-equivariant",
        call("info", "conjugate")[1],
    )
    assert re.search(r"axis +dim +axis of the transforms", call("info", "hermit")[1])
    assert call("info", "gated-shift", "--plugin", plugins / "gated_shift.py")[0] == 0
    assert "(required)" in call("info", "folder")[1]
    code, _, err = call("info", "rol-time")
    assert code == 2
    assert "Did you mean 'roll-time'?" in err

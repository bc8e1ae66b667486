"""Influence maps show what operators do: against Jacobians, and against what their laws promise."""

import importlib

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import mixerkit
from mixerkit import Grid, build_operator
from mixerkit.errors import UsageError
from mixerkit.inference.influence import MOST_COLUMNS, _spread, influence
from tests.conftest import TINY

GRID = Grid(5, 7, 8)
PLACE = (2, 3)


def measured(kind, grid=GRID, places=(PLACE,), probes=16):
    torch.manual_seed(0)
    return influence(build_operator(kind, grid), grid, places, probes=probes)


@given(seed=st.integers(0, 50), freq=st.integers(1, 4), time=st.integers(1, 4))
def test_of_a_linear_operator_it_is_the_squared_jacobian(seed, freq, time):
    """The same matrix over tokens for every channel: every probe sees the same row."""
    grid = Grid(freq, time, 4)
    place = (freq - 1, time // 2)
    torch.manual_seed(seed)
    operator = build_operator("cross-patch", grid)
    nn.init.normal_(next(operator.parameters()))
    found = influence(operator, grid, [place], probes=2)
    jacobian = torch.func.jacrev(operator)(torch.zeros(1, freq, time, 4))[0, *place, 1, 0, :, :, 1].detach().double().square()
    assert torch.allclose(torch.from_numpy(found.maps[0]), jacobian / jacobian.sum(), atol=1e-6)
    assert found.channels == pytest.approx(0.0, abs=1e-9)


def test_of_any_operator_it_is_the_mean_over_channels():
    grid = Grid(2, 3, 4)
    torch.manual_seed(0)
    operator = build_operator({"kind": "chain", "operators": ["pointwise", "cross-patch"]}, grid)
    for parameter in operator.parameters():
        nn.init.normal_(parameter)
    found = influence(operator, grid, [(1, 1)], probes=4000)
    jacobian = torch.func.jacrev(operator)(torch.zeros(1, 2, 3, 4))[0, 1, 1, :, 0].detach().double().square()
    expected = jacobian.sum(dim=(0, 3)) / jacobian.sum()
    own = torch.einsum("dftd->", jacobian) / jacobian.sum()
    assert torch.allclose(torch.from_numpy(found.maps[0]), expected, atol=0.02)
    assert found.channels == pytest.approx(1 - own.item(), abs=0.05)


def test_what_stays_in_its_token_stays():
    found = measured("channel")
    assert found.flows["stays"] == pytest.approx(1.0)
    assert found.maps[0][PLACE] == pytest.approx(1.0)
    assert 0.3 < found.channels <= 1.0


def test_a_shift_comes_from_four_neighbours_and_itself():
    found = measured({"kind": "shift", "divisions": 4}, probes=200)
    assert {tuple(at) for at in zip(*found.maps[0].nonzero(), strict=True)} <= {(2, 2), (2, 4), (1, 3), (3, 3), PLACE}
    assert found.channels == 0.0
    assert found.flows["along time"] + found.flows["along frequency"] + found.flows["stays"] == pytest.approx(1.0)
    assert found.flows["elsewhere"] == 0.0


def test_places_are_measured_apart():
    found = measured("channel", places=[(0, 0), (4, 6)])
    assert found.maps.shape == (2, 5, 7)
    assert [found.maps[0, 0, 0], found.maps[1, 4, 6]] == pytest.approx([1.0, 1.0])


def test_nothing_arrives_where_nothing_depends_on_the_input():
    class Deaf(nn.Module):
        def forward(self, x):
            return torch.zeros_like(x)

    found = influence(Deaf(), GRID, [PLACE])
    assert found.maps.sum() == 0.0
    assert found.channels == 0.0


@given(count=st.integers(1, 200))
def test_depths_are_few_and_hold_the_first_and_the_last(count):
    chosen = list(_spread(count))
    assert chosen[0] == 0
    assert chosen[-1] == count - 1
    assert len(chosen) <= MOST_COLUMNS
    assert chosen == sorted(set(chosen))


def test_a_pyramid_and_a_flat_row_are_drawn(recipes, tmp_path):
    loaded = [mixerkit.Recipe.load(recipes / f"{name}.yaml") for name in ("shiftvit", "asm")]
    panels = mixerkit.draw(loaded, tmp_path / "two.png")
    assert [title for title, _ in panels] == ["shiftvit, untrained", "asm, untrained"]
    assert all(row.label for _, rows in panels for row in rows)
    assert (tmp_path / "two.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_is_drawn_as_trained_and_twice_the_same(run, tmp_path):
    (title, rows), (_, untrained) = mixerkit.draw([run.path, run.recipe], tmp_path / "run.png")
    assert title == "tiny, trained"
    again = mixerkit.draw([run], tmp_path / "again.png")[0][1]
    assert [cell.flows for row in rows for cell in row.cells] == [cell.flows for row in again for cell in row.cells]
    assert [cell.flows for row in rows for cell in row.cells] != [cell.flows for row in untrained for cell in row.cells]
    assert [row.label for row in rows] == ["1. hermit-frequency", "2. roll-time", "the stack, skips and all"]


def test_nothing_to_draw_is_a_clear_error(tmp_path):
    with pytest.raises(UsageError, match="Nothing is given"):
        mixerkit.draw([], tmp_path / "none.png")


def test_the_command_draws_and_tells(tmp_path, recipes, capsys):
    from mixerkit.cli.app import run as command

    (tmp_path / "tiny.yaml").write_text(TINY)
    code = command(
        ["draw", str(tmp_path / "tiny.yaml"), "--beside", str(recipes / "mlp_mixer.yaml"), "--out", str(tmp_path / "x.png")]
    )
    reported = capsys.readouterr().out
    assert code == 0
    assert "tiny, untrained" in reported
    assert "mlp-mixer, untrained" in reported
    assert (tmp_path / "x.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("name", "message"),
    [("x.txt", "ends in .png"), ("plain", "ends in .png"), ("folder.png", "ends in .png"), ("deep/x.png", "no folder")],
)
def test_what_can_be_no_spectrogram_is_reported_before_anything_is_measured(tmp_path, monkeypatch, name, message):
    monkeypatch.setattr(importlib.import_module("mixerkit.inference.influence"), "influences", None)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "tiny.yaml").write_text(TINY)
    with pytest.raises(UsageError, match=message):
        mixerkit.draw([tmp_path / "tiny.yaml"], tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.png", "tiny.yaml"]


def test_a_row_of_tokens_is_neither_time_nor_frequency():
    flows = measured("token", Grid(1, 12, 8, extra=2), [(0, 5)]).flows
    assert flows["along time"] == flows["along frequency"] == 0.0
    assert flows["stays"] + flows["elsewhere"] == pytest.approx(1.0)
    assert flows["elsewhere"] > 0.5


def test_channels_that_are_others_behind_are_not_compared(recipes, tmp_path, call):
    found = influence(nn.Linear(8, 12), GRID, [PLACE])
    assert found.channels is None
    assert found.flows["stays"] == pytest.approx(1.0)
    code, out, _ = call("draw", recipes / "cyclemlp.yaml", "--out", tmp_path / "x.png")
    assert code == 0
    *_, last = [line for line in out.splitlines() if "to block" in line]
    assert last.endswith(" -")


def test_a_runs_spectrogram_lies_in_the_run(run, capsys):
    from mixerkit.cli.app import run as command

    assert command(["draw", str(run.path)]) == 0
    assert f"plot: {run.path / 'influence.png'}" in capsys.readouterr().out
    assert (run.path / "influence.png").is_file()
    (run.path / "influence.png").unlink()


def test_settings_for_a_run_alone_are_clear_errors(run, tmp_path, capsys):
    from mixerkit.cli.app import run as command

    for words in (["--set", "model.dim=32"], ["recipes/mlp_mixer.yaml"]):
        assert command(["draw", str(run.path), *words, "--out", str(tmp_path / "x.png")]) == 2
        assert "as it was trained" in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()

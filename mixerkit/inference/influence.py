"""What an operator mixes, measured: how much each place of the grid moves one output place, and along which axes that flows.

The influence of an input place on an output place is the squared Frobenius norm of the block of the Jacobian between them. It is
estimated by random probes: random inputs, and for each the gradient of one random channel at the output place. The mean of its
square is the influence over D, and no Jacobian is built.
"""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

import torch
from torch import Tensor, nn

from mixerkit.assembly import DEFAULT_CLASSES, build_model
from mixerkit.atomic import write_errors
from mixerkit.errors import Problem, UsageError
from mixerkit.grid import Grid
from mixerkit.inference.load import load_model
from mixerkit.model import MixerModel, StageLayout
from mixerkit.plots import Influence, InfluenceRow, draw_influence
from mixerkit.recipe import Recipe
from mixerkit.rundir import RunDir
from mixerkit.runner import key

PROBES = 32
MOST_COLUMNS = 5


def draw(
    what: Sequence[Recipe | RunDir | str | PathLike[str]], out: str | PathLike[str], seed: int = 0
) -> tuple[tuple[str, tuple[InfluenceRow, ...]], ...]:
    """Draw what the operators of recipes (as they start) or runs (as they were trained) mix, side by side in one PNG.

    Args:
        what: recipes, runs, or their paths; a folder is a run.
        out: the PNG.
        seed: of the probes; a recipe's weights are those of its own runner.seed.

    Returns:
        The (name, rows) that were drawn.

    Raises:
        UsageError: nothing is given, a folder is no run, or ``out`` can be no PNG.
        RecipeError, DataError: as :meth:`Recipe.load` and :meth:`Run.open`.
    """
    if not what:
        raise UsageError(Problem("draw", "Nothing is given.", "A recipe or a run directory."))
    _refuse_no_png(Path(out))
    panels = tuple(_panel(one, seed) for one in what)
    with write_errors(Path(out)):
        draw_influence(panels, Path(out))
    return panels


def _refuse_no_png(out: Path) -> None:
    if out.suffix.lower() != ".png" or out.is_dir():
        raise UsageError(Problem(str(out), "It is no name of a plot.", "A file that ends in .png."))
    if not out.parent.is_dir():
        raise UsageError(Problem(str(out), f"There is no folder {out.parent}.", hint="Make it, or name another."))


def _panel(one: Recipe | RunDir | str | PathLike[str], seed: int) -> tuple[str, tuple[InfluenceRow, ...]]:
    if isinstance(one, str | PathLike):
        one = RunDir.open(one) if Path(one).is_dir() else Recipe.load(one)
    if isinstance(one, RunDir):
        return f"{one.recipe.name}, trained", influences(one.recipe, load_model(one), seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(key(one.runner.seed, "weights"))
        model = build_model(one, len(one.data.chosen_labels() or ()) or DEFAULT_CLASSES)
    return f"{one.name}, untrained", influences(one, model, seed)


def influence(
    function: Callable[[Tensor], Tensor],
    grid: Grid,
    places: Sequence[tuple[int, int]],
    title: str = "",
    probes: int = PROBES,
    seed: int = 0,
) -> Influence:
    """The influence of every place of ``grid`` on some output places of ``function``.

    Args:
        function: ``[B, F, T, D]`` -> ``[B, F', T', D']``, clips apart.
        places: rows and columns of the output, counted on ``grid``; on a smaller output grid, the position that covers them.
        probes: random inputs for each place; each looks at one channel of the output.
    """
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(probes, grid.freq, grid.time, grid.dim, generator=generator).requires_grad_()
    y, channel, row = function(x), torch.randint(grid.dim, (probes,), generator=generator), torch.arange(probes)
    energies = []
    for freq, time in places:
        seen = y[row, freq * y.shape[1] // grid.freq, time * y.shape[2] // grid.time, channel % y.shape[3]].sum()
        (gradient,) = torch.autograd.grad(seen, x, retain_graph=True, allow_unused=True) if seen.requires_grad else (None,)
        energies.append(torch.zeros_like(x) if gradient is None else gradient)
    energy = torch.stack(energies).double().square()  # [P, probes, F, T, D]
    energy = energy / energy.sum(dim=(1, 2, 3, 4), keepdim=True).clamp(min=torch.finfo(torch.float64).tiny)
    own, arrived = energy[:, row, :, :, channel].sum(), energy.sum()
    maps = energy.sum(dim=(1, 4))
    other = max(0.0, 1.0 - (own / arrived).item()) if arrived > 0 else 0.0
    flows = _flows(maps, places, is_grid=not grid.extra)
    return Influence(title, tuple(places), maps.numpy(), flows, other if y.shape[3] == grid.dim else None)


def influences(recipe: Recipe, model: MixerModel, seed: int = 0) -> tuple[InfluenceRow, ...]:
    """Every sublayer's branch alone, without norm and skip, at some depths; last, the stack up to there with all skips."""
    shape = recipe.input_shape()
    places = list(recipe.model.walk(shape))
    indices = [(place, i) for place in places for i in range(place.stage.repeat)]
    chosen = [indices[i] for i in _spread(len(indices))]
    rows: dict[str, list[Influence]] = {}
    model.eval()
    for place, i in chosen:
        block = _blocks(model, place)[i]
        title, seen = f"block {place.first + i}", _places(place.grid)
        for number, (sublayer, module) in enumerate(zip(place.stage.block.operators, block.children(), strict=True), start=1):
            operator = module.operator
            assert isinstance(operator, nn.Module)
            label = f"{number}. {sublayer.operator.kind}"
            rows.setdefault(label, []).append(influence(operator, place.grid, seen, title, seed=seed))
    grid = places[0].grid_in
    through = [
        influence(_stack(model, place, i), grid, _places(grid), f"to block {place.first + i}", seed=seed) for place, i in chosen
    ]
    return (
        *(InfluenceRow(label, tuple(cells)) for label, cells in rows.items()),
        InfluenceRow("the stack, skips and all", tuple(through)),
    )


def _flows(maps: Tensor, places: Sequence[tuple[int, int]], is_grid: bool) -> dict[str, float]:
    """Shares of what arrives, by where it comes from; means over the places, all 0 where nothing arrives.

    A row of tokens that is no plot is neither time nor frequency: all but what stays comes from elsewhere.
    """
    stays = torch.stack([found[row, column] for found, (row, column) in zip(maps, places, strict=True)])
    time = torch.stack([found[row].sum() for found, (row, _) in zip(maps, places, strict=True)]) - stays
    frequency = torch.stack([found[:, column].sum() for found, (_, column) in zip(maps, places, strict=True)]) - stays
    if not is_grid:
        time, frequency = torch.zeros_like(time), torch.zeros_like(frequency)
    elsewhere = (maps.sum(dim=(1, 2)) - stays - time - frequency).clamp(min=0.0)
    fractions = {"stays": stays, "along time": time, "along frequency": frequency, "elsewhere": elsewhere}
    return {name: fraction.mean().item() for name, fraction in fractions.items()}


def _places(grid: Grid) -> list[tuple[int, int]]:
    """A few places: early and low, in the middle, late and high; each once."""
    return list(dict.fromkeys((grid.freq * i // 8, grid.time * j // 12) for i, j in ((1, 2), (4, 6), (6, 10))))


def _spread(count: int) -> Sequence[int]:
    """At most MOST_COLUMNS of ``count`` depths, the first and the last among them; the first ones close together."""
    if count <= MOST_COLUMNS:
        return range(count)
    return sorted({0, 1, *(round((count - 1) * k / (MOST_COLUMNS - 2)) for k in range(1, MOST_COLUMNS - 1))})


def _blocks(model: MixerModel, place: StageLayout) -> list[nn.Module]:
    stage = model.stages[place.index]
    assert isinstance(stage.blocks, nn.Sequential)
    return list(stage.blocks)


def _stack(model: MixerModel, last: StageLayout, index: int) -> nn.Sequential:
    """All stages before ``last``, and that one up to block ``index``."""
    before = list(model.stages)[: last.index]
    downsample = model.stages[last.index].downsample
    assert isinstance(downsample, nn.Module)
    return nn.Sequential(*before, downsample, *_blocks(model, last)[: index + 1])

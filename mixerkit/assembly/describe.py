"""A recipe as a table: every stage with its shape, parameters and FLOPs, without data, weights or GPU.

The model is built on torch's meta device, so parameters are counted and not guessed; FLOPs come from each operator's own
formula, since generic counters report 0 for FFT, roll and pooling.
"""

from dataclasses import dataclass

import torch
from torch import nn

from mixerkit.assembly.build import build_model
from mixerkit.assembly.probe import probe
from mixerkit.errors import PluginError
from mixerkit.grid import Grid
from mixerkit.model import MixerModel, StageLayout
from mixerkit.recipe import Recipe
from mixerkit.registry import attribute_errors


@dataclass(frozen=True)
class StageRow:
    """One line of the table. ``flops`` are per clip; ``times`` says how many alike there are (numbers are for all)."""

    name: str
    shape: str
    parameters: int
    flops: int
    times: int = 1
    depth: int = 0


@dataclass(frozen=True)
class Description:
    """All rows, their sums, and how many classes the head was counted with."""

    name: str
    rows: tuple[StageRow, ...]
    classes: int
    classes_known: bool

    @property
    def parameters(self) -> int:
        """Parameters of the whole model."""
        return sum(row.parameters for row in self.rows if row.depth == 0)

    @property
    def flops(self) -> int:
        """FLOPs of one clip through the whole model."""
        return sum(row.flops for row in self.rows if row.depth == 0)


DEFAULT_CLASSES = 10


def describe(recipe: Recipe, classes: int | None = None) -> Description:
    """The stages of a recipe's model.

    Args:
        classes: K. None: what the data set says without being read, else 10.

    Raises:
        UsageError: no such number of classes can be.
        PluginError: a plugin raises, or what it brings returns something else than it must; it is tried here.
    """
    with attribute_errors():
        labels = recipe.data.chosen_labels() if classes is None else None
        known = len(labels) if labels else classes
        k = DEFAULT_CLASSES if known is None else known
        rows = _rows(recipe, _weightless(recipe, k), k)
        probe(recipe, k)
    return Description(recipe.name, tuple(rows), k, known is not None)


def _weightless(recipe: Recipe, classes: int) -> MixerModel:
    """The model on the meta device; where a plugin reads a number while it is built, which meta has not, with its weights."""
    try:
        with torch.device("meta"):
            return build_model(recipe, classes)
    except PluginError:
        with torch.random.fork_rng(devices=[]):
            return build_model(recipe, classes)  # what raises now is a mistake on any device


def _rows(recipe: Recipe, model: MixerModel, classes: int) -> list[StageRow]:
    spec, shape = recipe.model, recipe.input_shape()
    grid = spec.token_grid(shape)
    rows = [
        StageRow("waveform", f"{recipe.audio.samples}", 0, 0),
        StageRow(f"features {recipe.features.kind}", f"{shape}", 0, 0),
        StageRow(
            "patches", _shape(spec.patches.grid(shape, spec.dim)), _count(model.patches), spec.patches.flops(shape, spec.dim)
        ),
    ]
    for name, parameter in (("extra tokens", model.extra_tokens), ("position", model.position)):
        if parameter is not None:
            rows.append(StageRow(name, _shape(grid), parameter.numel(), 0))
    for layout, stage in zip(spec.walk(shape), model.stages, strict=True):
        assert isinstance(stage.downsample, nn.Module) and isinstance(stage.blocks, nn.Sequential)
        rows += _stage_rows(layout, stage.downsample, stage.blocks)
    last = spec.last_grid(shape)
    rows.append(StageRow(f"head {spec.head.kind}", f"{classes}", _count(model.head), spec.head.flops(last, classes)))
    return rows


def _stage_rows(layout: StageLayout, downsample: nn.Module, blocks: nn.Sequential) -> list[StageRow]:
    rows = []
    if layout.stage.downsample is not None:
        flops = layout.stage.downsample.flops(layout.grid_in, layout.grid.dim)
        rows.append(StageRow("downsample", _shape(layout.grid), _count(downsample), flops))
    block, indices, shape = layout.stage.block, layout.indices(), _shape(layout.grid)
    total = sum(block.flops(layout.grid, index) for index in indices)
    first = layout.first
    name = f"block {first}" if len(indices) == 1 else f"blocks {first}-{first + len(indices) - 1}"
    rows.append(StageRow(name, shape, _count(blocks), total, len(indices)))
    for i, sublayer in enumerate(block.operators):
        parameters = sum(_count(list(one.children())[i]) for one in blocks)
        flops = sum(sublayer.operator.flops(layout.grid, index) for index in indices)
        rows.append(StageRow(sublayer.operator.kind, shape, parameters, flops, len(indices), depth=1))
    return rows


def _shape(grid: Grid) -> str:
    return f"{grid.freq} x {grid.time} x {grid.dim}  (N {grid.tokens})"


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())

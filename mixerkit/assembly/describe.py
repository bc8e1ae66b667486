"""A recipe as a table: every stage with its shape, parameters and FLOPs, without data, weights or GPU."""

from dataclasses import dataclass

from mixerkit.assembly.limits import check_classes, check_flops, check_weights
from mixerkit.assembly.measure import Size, size_of_downsample, size_of_head, size_of_patches, sizes_of_sublayer
from mixerkit.assembly.probe import probe
from mixerkit.grid import Grid
from mixerkit.model import StageLayout
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
        RecipeError: the model is larger than any has been.
        PluginError: a plugin raises, or a part that it brings returns something else than it must; it is tried here.
    """
    with attribute_errors():
        labels = recipe.data.chosen_labels() if classes is None else None
        known = len(labels) if labels else classes
        k = DEFAULT_CLASSES if known is None else known
        check_classes(k)
        check_weights(recipe, k)
        probe(recipe, k)
        rows = _rows(recipe, k)
    return Description(recipe.name, tuple(rows), k, known is not None)


def _rows(recipe: Recipe, classes: int) -> list[StageRow]:
    spec, shape = recipe.model, recipe.input_shape()
    patches, grid = size_of_patches(spec.patches, shape, spec.dim), spec.token_grid(shape)
    rows = [
        StageRow("waveform", f"{recipe.audio.samples}", 0, 0),
        StageRow(f"features {recipe.features.kind}", f"{shape}", 0, 0),
        StageRow("patches", _shape(spec.patches.grid(shape, spec.dim)), patches.parameters, patches.flops),
    ]
    if grid.extra:
        rows.append(StageRow("extra tokens", _shape(grid), grid.extra * grid.dim, 0))
    if spec.position == "learned":
        rows.append(StageRow("position", _shape(grid), grid.tokens * grid.dim, 0))
    for layout in spec.walk(shape):
        rows += _stage_rows(recipe, layout)
    head = size_of_head(spec.head, spec.last_grid(shape), classes)
    return [*rows, StageRow(f"head {spec.head.kind}", f"{classes}", head.parameters, head.flops)]


def _stage_rows(recipe: Recipe, layout: StageLayout) -> list[StageRow]:
    sublayers, indices, shape = layout.stage.block.operators, layout.indices(), _shape(layout.grid)
    rows = []
    if layout.stage.downsample is not None:
        down = size_of_downsample(layout.stage.downsample, layout.grid_in, layout.grid.dim)
        rows.append(StageRow("downsample", shape, down.parameters, down.flops))
    sizes = [sizes_of_sublayer(sublayer, layout.grid, indices) for sublayer in sublayers]
    check_flops(recipe, layout, [max(size.flops for size in one) for one in sizes])
    totals = [Size(sum(size.parameters for size in one), sum(size.flops for size in one)) for one in sizes]
    times, first = len(indices), layout.first
    name = f"block {first}" if times == 1 else f"blocks {first}-{first + times - 1}"
    rows.append(StageRow(name, shape, sum(size.parameters for size in totals), sum(size.flops for size in totals), times))
    for sublayer, total in zip(sublayers, totals, strict=True):
        rows.append(StageRow(sublayer.operator.kind, shape, total.parameters, total.flops, times, depth=1))
    return rows


def _shape(grid: Grid) -> str:
    return f"{grid.freq} x {grid.time} x {grid.dim}  (N {grid.tokens})"

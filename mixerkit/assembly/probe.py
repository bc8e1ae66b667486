"""Parts of a recipe that do not come with the kit, tried once on small tensors before any data is touched.

The kit's own are covered by its tests. A third-party one may return another shape, or raise at its first batch, perhaps after an
hour of downloading. Each is tried on numbers: on the meta device, which would cost nothing, a module that reads a number or turns
to numpy has no answer, and there is nothing wrong with it. All of it leaves no trace.
"""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from mixerkit.assembly.build import build_front_end
from mixerkit.errors import PluginError, Problem
from mixerkit.features import ClipRandom
from mixerkit.grid import BlockIndex, Grid
from mixerkit.model import HeadSpec
from mixerkit.operators import OperatorSpec, described, refuse_misshapen
from mixerkit.recipe import Recipe
from mixerkit.registry import attribute_errors, third_party
from mixerkit.spec import KindSpec
from mixerkit.training import AverageSpec, LossSpec, MetricSpec, OptimizerSpec, ScheduleSpec

BATCH = 2
CLIPS = 8
STEPS = 10
SUM_TOLERANCE = 1e-3

Attempt = Callable[[str], None]
"""Tries a part; called with who must be asked if it fails."""


def probe(recipe: Recipe, classes: int) -> None:
    """Try every part of a recipe that does not come with the kit, or that has such parts.

    Raises:
        PluginError: it raises, or returns something else than it must.
    """
    for spec, attempt in _attempts(recipe, classes):
        who = third_party(spec)
        if who:
            with attribute_errors(suspect=who), torch.random.fork_rng(devices=[]):
                attempt(who)


def _attempts(recipe: Recipe, classes: int) -> Iterator[tuple[KindSpec, Attempt]]:
    """Every part with how it is tried, in the order in which a clip comes to them."""
    runner, model = recipe.runner, recipe.model
    yield recipe.features, partial(_try_front_end, recipe)
    for layout in model.walk(recipe.input_shape()):
        for sublayer in layout.stage.block.operators:  # in one block: each sublayer looks at what it is given, at every step
            yield sublayer.operator, partial(_try_operator, sublayer.operator, layout.grid, layout.indices()[0])
    yield model.head, partial(_try_head, model.head, model.last_grid(recipe.input_shape()), classes)
    yield runner.loss, partial(_try_loss, runner.loss, recipe.features.augment.mixup is not None, classes)
    yield runner.optimizer, partial(_try_optimizer, runner.optimizer)
    yield runner.schedule, partial(_try_schedule, runner.schedule, runner.optimizer.lr, runner.epochs)
    if runner.average is not None:
        yield runner.average, partial(_try_average, runner.average, runner.epochs)
    for metric in runner.asked_metrics():
        yield metric, partial(_try_metric, metric, classes)


def _try_front_end(recipe: Recipe, who: str) -> None:
    spec, shape, samples = recipe.features, recipe.input_shape(), recipe.audio.samples
    size, shorter = samples, max(spec.shortest(recipe.audio.rate), samples // 2)
    if spec.input_kind == "spectrogram":
        size = shorter = shape.channels * shape.mels * shape.frames
    lengths = torch.tensor([size, shorter])
    waves = torch.randn(BATCH, size).masked_fill(torch.arange(size) >= lengths[:, None], 0.0)
    front_end, random = build_front_end(recipe), ClipRandom(torch.arange(BATCH))
    _refuse_misshapen(front_end.values(waves, lengths), (shape.channels, shape.mels), "values", who)
    whole = (shape.channels, shape.mels, shape.frames)
    for got in (front_end(waves, lengths), front_end(waves, lengths, random)):
        _refuse_misshapen(got, whole, "forward", who)


def _refuse_misshapen(got: Any, sizes: tuple[int, ...], method: str, who: str) -> None:
    """Refuse all but finite spectrograms ``[B, C, M, S]`` that begin with these sizes, and valid frames ``[B]``."""
    pair = got if isinstance(got, tuple) and len(got) == 2 else (None, None)
    values, valid = (value if isinstance(value, Tensor) else torch.empty(0) for value in pair)
    fits = values.ndim == 4 and values.shape[: 1 + len(sizes)] == (BATCH, *sizes) and values.is_floating_point()
    if not fits or valid.shape != (BATCH,) or valid.is_floating_point():
        message = " and ".join(map(described, got)) if isinstance(got, tuple) else described(got)
        shape = ", ".join(map(str, (BATCH, *sizes, *["S"] * (3 - len(sizes)))))
        expected = f"A tuple of spectrograms [{shape}], as its settings say, and their valid frames, whole numbers [{BATCH}]."
        raise PluginError(Problem(who, f"Its {method} returned {message}.", expected))
    if not values.isfinite().all():
        raise PluginError(
            Problem(who, f"Its {method} returned values of white noise that are not finite.", "Finite spectrograms.")
        )


def _try_operator(spec: OperatorSpec, grid: Grid, index: BlockIndex, who: str) -> None:
    module = spec.build(grid, index)
    x = torch.randn(BATCH, grid.freq, grid.time, grid.dim, requires_grad=True) * 1.0  # no leaf: it may be written to
    y = module(x)
    refuse_misshapen(who, y, x)
    if y.requires_grad:
        y.sum().backward()


def _try_head(spec: HeadSpec, grid: Grid, classes: int, who: str) -> None:
    module = spec.build(grid, classes)
    x = torch.randn(BATCH, grid.freq, grid.time, grid.dim, requires_grad=True) * 1.0
    valid = torch.ones(BATCH, grid.time, dtype=torch.int64)
    valid[1, 1:] = 0
    logits = module(x, valid)
    if not (isinstance(logits, Tensor) and logits.shape == (BATCH, classes) and logits.is_floating_point()):
        expected = f"Logits [B, K], here [{BATCH}, {classes}] float32."
        raise PluginError(Problem(who, f"Its module returned {described(logits)}.", expected))
    if logits.requires_grad:
        torch.autograd.backward(logits.sum())


def _try_loss(spec: LossSpec, is_mixed: bool, classes: int, who: str) -> None:
    objective, numbers = spec.build(classes), torch.arange(CLIPS) % classes
    targets = [numbers]
    if is_mixed:
        targets.append((nn.functional.one_hot(numbers, classes) + nn.functional.one_hot(numbers.flip(0), classes)) / 2)
    if spec.multi_label:
        targets.append((torch.rand(CLIPS, classes) < 0.5).float())
    for some in targets:
        logits = torch.randn(CLIPS, classes, requires_grad=True)
        value = objective.loss(logits, some)
        if not (isinstance(value, Tensor) and value.shape == () and value.is_floating_point() and value.requires_grad):
            message = described(value) + (", without a gradient" if isinstance(value, Tensor) and not value.requires_grad else "")
            raise PluginError(Problem(who, f"Its loss returned {message}.", "A scalar with a gradient: the sum over clips."))
        twice = objective.loss(torch.cat([logits, logits]), torch.cat([some, some]))
        if not math.isclose(twice.item(), 2 * value.item(), rel_tol=SUM_TOLERANCE):
            got = f"Its loss of {CLIPS} clips is {value.item():.4g}, and of the same clips twice {twice.item():.4g}."
            raise PluginError(
                Problem(who, got, "The sum over clips, which is twice as much: of torch's losses, reduction='sum'.")
            )
        torch.autograd.backward(value)
    scores = objective.scores(logits.detach())
    if not (isinstance(scores, Tensor) and scores.shape == (CLIPS, classes) and ((scores >= 0) & (scores <= 1)).all()):
        got = f"Its scores returned {described(scores)}{', not all within 0 and 1' if isinstance(scores, Tensor) else ''}."
        raise PluginError(Problem(who, got, f"Scores [B, K] within 0 and 1, here [{CLIPS}, {classes}]."))


def _try_optimizer(spec: OptimizerSpec, _: str) -> None:
    net = _small_net()
    optimizer = spec.build(net)
    net(torch.randn(BATCH, 3)).square().sum().backward()
    optimizer.step()
    optimizer.zero_grad()


def _try_schedule(spec: ScheduleSpec, lr: float, epochs: int, who: str) -> None:
    optimizer, updates = torch.optim.SGD(_small_net().parameters(), lr=lr), epochs * STEPS
    scheduler = spec.build(optimizer, epochs, STEPS)
    for update in (0, updates // 2, updates - 1):
        scheduler.step_update(update)
        rate = optimizer.param_groups[0]["lr"]
        if not (isinstance(rate, int | float) and 0.0 <= rate < math.inf):
            got = f"It set a learning rate of {rate!r} at update {update} of {updates}."
            raise PluginError(Problem(who, got, "A number (float) from 0."))


def _try_average(spec: AverageSpec, epochs: int, who: str) -> None:
    net = _small_net()
    average = spec.build(net)
    for epoch in (1, epochs):
        average.after_update(epoch, False)
        average.after_update(epoch, True)
    mean, wanted = average.mean(), net.state_dict()
    if mean is not None and not (isinstance(mean, dict) and mean.keys() == wanted.keys()):
        got = f"Its mean returned {f'a state of {len(mean)} tensors' if isinstance(mean, dict) else described(mean)}."
        raise PluginError(Problem(who, got, f"None, or a state of the model, here of {len(wanted)}: {', '.join(wanted)}."))
    with average.in_place():  # loads what it keeps
        net(torch.randn(BATCH, 3))
    state = average.state()
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise PluginError(Problem(who, f"Its state returned {described(state)}.", "A mapping of tensors: a checkpoint holds it."))
    average.load_state(state)


def _try_metric(spec: MetricSpec, classes: int, _: str) -> None:
    logits = torch.randn(CLIPS, classes)
    spec.compute(logits.softmax(dim=1), torch.arange(CLIPS) % classes)
    if spec.multi_label:
        spec.compute(logits.sigmoid(), (torch.arange(CLIPS * classes).view(CLIPS, classes) % 3 > 0).long())


def _small_net() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))

"""The contract: what holds for every operator, whatever its laws. Each check raises Broken and says what failed."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from mixerkit.layers import FlopCounter
from mixerkit.registry import Scope, plugin_of
from mixerkit.spec import inside
from mixerkit.testing.case import Case, differ

TYPES = (torch.float64, torch.float32, torch.bfloat16)
REDRAWN = 4
"""Weights and inputs on which a parameter without a gradient is looked at again: a ReLU may be off on all clips of one draw."""


def keeps_shape_and_type(case: Case) -> None:
    """[B, F, T, D] comes out as it went in, in float64, float32 and bfloat16, in evaluation and in training."""
    for dtype in TYPES:
        for training in (False, True):
            x = case.input(dtype=dtype)
            y = case.module(dtype).train(training)(x)
            if not isinstance(y, Tensor):
                raise case.broken(f"it returned no tensor, but {type(y).__name__}")
            if y.shape != x.shape or y.dtype != dtype:
                while_training = " in training" if training else ""
                became = f"[B, F, T, D] = {list(x.shape)} {dtype} became {list(y.shape)} {y.dtype}"
                raise case.broken(f"shape or type changes{while_training}: {became}")


def stays_finite(case: Case) -> None:
    """Zeros, large values and tiny values give finite results and gradients."""
    for scale in (0.0, 1e3, 1e-30):
        module, x = case.module(torch.float32), (case.input(dtype=torch.float32) * scale).requires_grad_()
        y = module(x)
        if not torch.isfinite(y).all():
            raise case.broken(f"an input of scale {scale:g} gives NaN or infinity")
        y.sum().backward()
        if any(not torch.isfinite(one.grad).all() for one in (x, *module.parameters()) if one.grad is not None):
            raise case.broken(f"an input of scale {scale:g} gives a gradient of NaN or infinity")


def keeps_clips_independent(case: Case) -> None:
    """No clip of a batch sees another (in evaluation)."""
    module, x = case.module(), case.input(batch=3)
    together = module(x)
    for i in range(3):
        if differ(together[i : i + 1], module(x[i : i + 1])):
            raise case.broken(f"clip {i} comes out differently alone and in a batch: clips leak into each other")


def leaves_input_untouched(case: Case) -> None:
    """The input is not written to, in float64, float32 and bfloat16: a cast to the type that it has already copies nothing."""
    for dtype in TYPES:
        x = case.input(dtype=dtype)
        before = x.clone()
        case.module(dtype)(x)
        if not torch.equal(x, before):
            raise case.broken(f"the input is changed in place ({dtype})")


def gives_every_parameter_a_gradient(case: Case) -> None:
    """Every parameter tensor gets a gradient other than zero; those that the spec names as exceptions are there, and get none."""
    excused = set(case.spec.without_gradient(case.grid, case.index))
    idle: set[str] | None = None
    for found in _gradients(case):
        if unknown := excused - found.keys():
            raise case.broken(f"without_gradient() names {min(unknown)}, and there is no such parameter")
        if moved := {name for name in excused if differ(found[name], torch.zeros_like(found[name]))}:
            raise case.broken(f"the parameter {min(moved)} gets a gradient, though without_gradient() names it")
        still = {name for name, gradient in found.items() if not gradient.any()} - excused
        idle = still if idle is None else idle & still
        if not idle:
            return
    hint = "if that is meant on such a grid, say so: without_gradient(self, grid, index) returns {name: reason}"
    raise case.broken(f"the parameter {min(idle or ())} gets no gradient: it is not used; {hint}")


def _gradients(case: Case) -> Iterator[dict[str, Tensor]]:
    """The gradient of each parameter by its name, zeros where it gets none, on one draw of weights and inputs after another."""
    for seed in range(case.seed, case.seed + REDRAWN):
        drawn = replace(case, seed=seed)
        module, x = drawn.module().train(), drawn.input(batch=3).requires_grad_()
        module(x).backward(drawn.input(batch=3, number=1))
        named = [(name, one) for name, one in module.named_parameters() if one.requires_grad]
        found = {name: torch.zeros_like(one) if one.grad is None else one.grad for name, one in named}
        broken = next((name for name, gradient in found.items() if not torch.isfinite(gradient).all()), None)
        if broken:
            raise drawn.broken(f"the gradient of {broken} is not finite")
        if x.grad is None or not torch.isfinite(x.grad).all():
            raise drawn.broken("the gradient of the input is missing or not finite")
        yield found


def survives_saving(case: Case) -> None:
    """Its state loaded into a new one, built after other draws, gives the same result."""
    module, x = case.module(), case.input()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(case.seed + 1)
        other = case.spec.build(case.grid, case.index).double().eval()
    other.load_state_dict({name: tensor.clone() for name, tensor in module.state_dict().items()})
    if not torch.equal(module(x), other(x)):
        raise case.broken("its state, loaded into a new one, gives another result: something is not in the state")


def takes_strided_input(case: Case) -> None:
    """A transposed view gives the same result as its copy."""
    module, x = case.module(), case.input()
    view = x.transpose(1, 3).contiguous().transpose(1, 3)
    if differ(module(view), module(x)):
        raise case.broken("a non-contiguous input gives another result")


def is_deterministic(case: Case) -> None:
    """The same input gives the same result twice in evaluation, whatever was computed before."""
    module, other, x = case.module(), case.module(), case.input()
    first = module(x)
    if not torch.equal(first, module(x)):
        raise case.broken("two runs on the same input differ in evaluation mode")
    other(case.input(number=1))
    if not torch.equal(first, other(x)):
        raise case.broken("in evaluation mode its result hangs on the inputs before: it keeps something of them")


def runs_under_autocast(case: Case) -> None:
    """Under bfloat16 autocast it runs, and its result is near the float32 one."""
    module, x = case.module(torch.float32), case.input(dtype=torch.float32)
    exact = module(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found: Tensor = module(x)
    if differ(found.float(), exact, tolerance=0.1):
        raise case.broken("under bfloat16 autocast its result is far from the float32 one")


def counts_its_flops(case: Case) -> None:
    """If it says its FLOPs itself, because counting does not see them all, it says no fewer than are counted."""
    message, counted = own_and_counted_flops(case)
    if message is not None and message < counted:
        raise case.broken(f"flops() says {message:,} per clip, and {counted:,} are counted while it runs")


def own_and_counted_flops(case: Case) -> tuple[int | None, int]:
    """FLOPs per clip as its settings say them, None where they do not; and as they are counted."""
    module, x = case.module(), case.input(batch=1)
    with FlopCounter() as counter:
        module(x)
    return case.spec.flops(case.grid, case.index), counter.flops


def reads_back_its_settings(case: Case) -> None:
    """Its settings, written out and read back, are the same settings."""
    data = case.spec.model_dump()
    plugins = (plugin_of(type(part).__module__) for part in inside(case.spec))
    known = Scope(tuple(plugin for plugin in plugins if plugin))
    if type(case.spec).model_validate(data, context=known.context()) != case.spec:
        raise case.broken(f"its settings do not survive writing and reading: {data}")


def compiles_whole(case: Case) -> None:
    """torch.compile takes it without a break in the graph, and changes nothing."""
    module, x = case.module(torch.float32), case.input(dtype=torch.float32)
    torch._dynamo.reset()
    try:
        found = torch.compile(module, backend="aot_eager", fullgraph=True)(x)
    except Exception as error:  # the compiler refuses with many types
        raise case.broken(f"torch.compile cannot take it whole: {str(error).splitlines()[0]}") from error
    if differ(found, module(x), tolerance=1e-4):
        raise case.broken("torch.compile gives another result")


CONTRACT: dict[str, Callable[[Case], None]] = {
    check.__name__: check
    for check in (
        keeps_shape_and_type,
        stays_finite,
        keeps_clips_independent,
        leaves_input_untouched,
        gives_every_parameter_a_gradient,
        survives_saving,
        takes_strided_input,
        is_deterministic,
        runs_under_autocast,
        counts_its_flops,
        reads_back_its_settings,
        compiles_whole,
    )
}

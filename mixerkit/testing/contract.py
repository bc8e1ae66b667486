"""The contract: what every operator keeps, whatever its laws. Each check raises Broken and says which promise failed."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from mixerkit.registry import Scope, plugin_of
from mixerkit.spec import inside
from mixerkit.testing.case import Case, differ


def keeps_shape_and_type(case: Case) -> None:
    """[B, F, T, D] comes out as it went in, in float64, float32 and bfloat16."""
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        x = case.input(dtype=dtype)
        y = case.module(dtype)(x)
        if y.shape != x.shape or y.dtype != dtype:
            raise case.broken(f"shape or type changes: {list(x.shape)} {dtype} became {list(y.shape)} {y.dtype}")


def stays_finite(case: Case) -> None:
    """Zeros, large values and tiny values give finite results."""
    for scale in (0.0, 1e3, 1e-30):
        if not torch.isfinite(case.module(torch.float32)(case.input(dtype=torch.float32) * scale)).all():
            raise case.broken(f"an input of scale {scale:g} gives NaN or infinity")


def keeps_clips_apart(case: Case) -> None:
    """No clip of a batch sees another (in evaluation)."""
    module, x = case.module(), case.input(batch=3)
    together = module(x)
    for i in range(3):
        if differ(together[i : i + 1], module(x[i : i + 1])):
            raise case.broken(f"clip {i} comes out differently alone and in a batch: clips leak into each other")


def leaves_input_untouched(case: Case) -> None:
    """The input is not written to."""
    x = case.input()
    before = x.clone()
    case.module()(x)
    if not torch.equal(x, before):
        raise case.broken("the input is changed in place")


def gives_every_parameter_a_gradient(case: Case) -> None:
    """Every parameter tensor gets a gradient other than zero, but for those that the spec names as exceptions."""
    module = case.module().train()
    x = case.input(batch=3).requires_grad_()
    module(x).backward(case.input(batch=3, number=1))
    excused = case.spec.without_gradient(case.grid, case.site)
    for name, parameter in module.named_parameters():
        if not parameter.requires_grad or name in excused:
            continue
        if parameter.grad is None or not parameter.grad.any():
            raise case.broken(f"the parameter {name} gets no gradient: it is not used")
        if not torch.isfinite(parameter.grad).all():
            raise case.broken(f"the gradient of {name} is not finite")
    if x.grad is None or not torch.isfinite(x.grad).all():
        raise case.broken("the gradient of the input is missing or not finite")


def survives_saving(case: Case) -> None:
    """Its state loaded into a new one gives the same result."""
    module, x = case.module(), case.input()
    other = case.spec.build(case.grid, case.site).double().eval()
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
    """The same input gives the same result twice, in evaluation."""
    module, x = case.module(), case.input()
    if not torch.equal(module(x), module(x)):
        raise case.broken("two runs on the same input differ in evaluation mode")


def runs_under_autocast(case: Case) -> None:
    """Under bfloat16 autocast it runs, and its result is near the float32 one."""
    module, x = case.module(torch.float32), case.input(dtype=torch.float32)
    exact = module(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found: Tensor = module(x)
    if differ(found.float(), exact, tolerance=0.1):
        raise case.broken("under bfloat16 autocast its result is far from the float32 one")


def counts_its_flops(case: Case) -> None:
    """Its own formula is never below what torch's counter sees (which sees no FFT, roll or pooling)."""
    module, x = case.module(), case.input(batch=1)
    with FlopCounterMode(display=False) as counter:
        module(x)
    seen, said = counter.get_total_flops(), case.spec.flops(case.grid, case.site)
    if said < seen:
        raise case.broken(f"flops() says {said:,} per clip where torch counts {seen:,}")


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
        keeps_clips_apart,
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

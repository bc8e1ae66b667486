"""What a reference is, and what second writings share: tokens counted place by place, values read by index, weights lent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from mixerkit import OperatorSpec
from mixerkit.testing import Case


def always(spec: OperatorSpec) -> bool:
    """Takes whatever the settings are."""
    return True


@dataclass(frozen=True)
class Reference:
    """A second writing of an operator, by other code than the kit's.

    Attributes:
        name: what it is, in a few words.
        outputs: (case, module, x) -> what the operator must make of x. The case says settings and place in the stack; the module
            lends its weights and is never run.
        takes: whether it covers these settings.
    """

    name: str
    outputs: Callable[[Case, nn.Module, Tensor], Tensor]
    takes: Callable[[OperatorSpec], bool] = always


Place = tuple[int, int, int]
"""Row, column and channel of one value."""


def tokens(x: Tensor) -> Tensor:
    """[B, F, T, D] -> [B, N, D], listed place by place: n = f * T + t."""
    _, rows, columns, _ = x.shape
    return torch.stack([x[:, f, t] for f in range(rows) for t in range(columns)], dim=1)


def read(x: Tensor, source: Callable[[int, int, int], Place | None]) -> Tensor:
    """y[:, f, t, d] = x[:, *source(f, t, d)], index by index, and 0 where the source is None."""
    _, rows, columns, dim = x.shape
    values = torch.cat([x.flatten(1), x.new_zeros(len(x), 1)], dim=1)  # the last one is read for None
    table = []
    for f in range(rows):
        for t in range(columns):
            for d in range(dim):
                place = source(f, t, d)
                table.append(-1 if place is None else (place[0] * columns + place[1]) * dim + place[2])
    return values[:, table].reshape(x.shape)


def channels_first(x: Tensor) -> Tensor:
    """[B, F, T, D] -> [B, D, F, T], as convolutions want it."""
    return x.permute(0, 3, 1, 2)


def channels_last(x: Tensor) -> Tensor:
    """[B, D, F, T] -> [B, F, T, D]."""
    return x.permute(0, 2, 3, 1)


def lend(weights: Mapping[str, Tensor], theirs: nn.Module, *inputs: Tensor) -> Tensor:
    """What another library's module makes of the inputs with these weights, all of them, in place of its own.

    Nothing is copied, so that gradients reach the lender.
    """
    wanted = {name: tensor.shape for name, tensor in weights_of(theirs).items()}
    assert {name: tensor.shape for name, tensor in weights.items()} == wanted
    return functional_call(theirs.double().eval(), dict(weights), inputs)


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers by name."""
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def renamed(ours: nn.Module, theirs: nn.Module, names: Mapping[str, str]) -> dict[str, Tensor]:
    """Our weights by the names and in the shapes of another library's module.

    Args:
        ours: all of its weights must find a name there.
        theirs: whose names and shapes they get.
        names: the beginnings of its names, and what we call the same part.
    """
    own, found = weights_of(ours), {}
    for name, tensor in weights_of(theirs).items():
        prefix = max((old for old in names if name == old or name.startswith(f"{old}.")), key=len)
        found[name] = own.pop(names[prefix] + name[len(prefix) :]).reshape(tensor.shape)
    assert not own, f"nothing there is called {', '.join(own)}"
    return found

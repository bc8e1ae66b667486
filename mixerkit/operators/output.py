"""What an operator's module returned, compared with what it was given."""

from typing import Any

import torch
from torch import Tensor

from mixerkit.errors import PluginError, Problem, shorten
from mixerkit.registry import third_party
from mixerkit.spec import KindSpec

USUAL = (torch.float32, torch.bfloat16, torch.float16)
"""What a branch may come in beside the type of the stream: under autocast the two differ."""


def called(spec: KindSpec) -> str:
    """What an operator is called where its module fails: by who must be asked, or by its kind if it comes with the kit."""
    return third_party(spec) or f"operator {spec.kind!r}"


def refuse_misshapen(who: str, got: Any, given: Tensor) -> None:
    """Raise a PluginError unless ``got``, which ``who`` returned for ``given``, can be added to it as it stands.

    A comparison of shapes and types, so that it can stand in every sublayer at every step, compiled or not.
    """
    if isinstance(got, Tensor) and got.shape == given.shape and got.dtype in (given.dtype, *USUAL):
        return
    returned, wanted = described(got), described(given)
    rule = "An operator returns [B, F, T, D] of its input's shape; the skip is added outside of it."
    raise PluginError(Problem(who, f"Its module returned {returned}, expected {wanted}.", rule))


def described(value: Any) -> str:
    """Shape and type of a tensor; anything else as Python writes it."""
    if isinstance(value, Tensor):
        return f"{list(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    return shorten(value)

"""Where a computation needs all of its digits: a context without autocast, on any device."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def without_autocast(x: Tensor) -> AbstractContextManager[object]:
    """A context in which autocast casts nothing on the device of ``x``. The meta device, where models are counted, has none."""
    return nullcontext() if x.is_meta else torch.autocast(x.device.type, enabled=False)

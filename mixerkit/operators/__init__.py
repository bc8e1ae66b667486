"""Mixing operators, one per file: ``[B, F, T, D]`` -> the same shape. Importing this room registers them all."""

from mixerkit.operators import (
    activation,
    chain,
    channel,
    hermit_frequency,
    identity,
    norm,
    pointwise,
    roll,
    roll_time,
    shift,
    token,
)
from mixerkit.operators.base import OPERATORS, Operator, OperatorSpec, example_specs, operator
from mixerkit.operators.laws import Law, closure
from mixerkit.operators.promises import refuse_misshapen, strangers

__all__ = [
    "OPERATORS",
    "Law",
    "Operator",
    "OperatorSpec",
    "activation",
    "chain",
    "channel",
    "closure",
    "example_specs",
    "hermit_frequency",
    "identity",
    "norm",
    "operator",
    "pointwise",
    "refuse_misshapen",
    "roll",
    "roll_time",
    "shift",
    "strangers",
    "token",
]

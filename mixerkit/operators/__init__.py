"""Mixing operators, one per file: ``[B, F, T, D]`` -> the same shape. Importing this room registers them all."""

from mixerkit.operators import (
    activation,
    active_token,
    adaptive_frequency,
    attention,
    axial,
    chain,
    channel,
    conjugate,
    cross_patch,
    cycle,
    depthwise,
    factorised_channel,
    factorised_temporal,
    fourier,
    gated,
    global_filter,
    hermit_frequency,
    identity,
    norm,
    parallel,
    pointwise,
    pool,
    random,
    roll,
    roll_time,
    shift,
    spatial_gating,
    spatial_shift,
    spatial_shift_v2,
    split,
    token,
)
from mixerkit.operators.activation import ActivationSpec
from mixerkit.operators.base import OPERATORS, ExampledSpec, Operator, OperatorSpec, differences, example_specs, operator, title
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.conjugate import ConjugateSpec
from mixerkit.operators.depthwise import DepthwiseSpec
from mixerkit.operators.flops import count_flops
from mixerkit.operators.global_filter import GlobalFilterSpec
from mixerkit.operators.laws import MEANINGS, Law, closure
from mixerkit.operators.output import called, described, refuse_misshapen
from mixerkit.operators.pointwise import PointwiseSpec
from mixerkit.operators.pool import PoolSpec
from mixerkit.operators.shift import ShiftSpec
from mixerkit.operators.spatial_shift import SpatialShiftSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.operators.transforms import TRANSFORMS, TransformPair, TransformSpec, transform

__all__ = [
    "MEANINGS",
    "OPERATORS",
    "TRANSFORMS",
    "ActivationSpec",
    "ChannelSpec",
    "ConjugateSpec",
    "DepthwiseSpec",
    "ExampledSpec",
    "GlobalFilterSpec",
    "Law",
    "Operator",
    "OperatorSpec",
    "PointwiseSpec",
    "PoolSpec",
    "ShiftSpec",
    "SpatialShiftSpec",
    "TokenSpec",
    "TransformPair",
    "TransformSpec",
    "activation",
    "active_token",
    "adaptive_frequency",
    "attention",
    "axial",
    "called",
    "chain",
    "channel",
    "closure",
    "conjugate",
    "count_flops",
    "cross_patch",
    "cycle",
    "depthwise",
    "described",
    "differences",
    "example_specs",
    "factorised_channel",
    "factorised_temporal",
    "fourier",
    "gated",
    "global_filter",
    "hermit_frequency",
    "identity",
    "norm",
    "operator",
    "parallel",
    "pointwise",
    "pool",
    "random",
    "refuse_misshapen",
    "roll",
    "roll_time",
    "shift",
    "spatial_gating",
    "spatial_shift",
    "spatial_shift_v2",
    "split",
    "title",
    "token",
    "transform",
]

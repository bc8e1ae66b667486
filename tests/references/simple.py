"""Operators that are made of no others: kind -> references, the one that takes every setting last."""

from tests.references.activations import ACTIVATION
from tests.references.attention import ATTENTION
from tests.references.base import Reference
from tests.references.hermit_frequency import HERMIT_FREQUENCY
from tests.references.maps import CROSS_PATCH, IDENTITY, POINTWISE, RANDOM
from tests.references.mlps import CHANNEL, FACTORISED_TEMPORAL, TOKEN
from tests.references.norms import NORM
from tests.references.reading import ACTIVE_TOKEN, CYCLE
from tests.references.rolls import ROLL, ROLL_TIME
from tests.references.shifts import GATED_SHIFT, SHIFT, SPATIAL_SHIFT, SPATIAL_SHIFT_V2
from tests.references.spatial_gating import SPATIAL_GATING
from tests.references.spectra import ADAPTIVE_FREQUENCY, FOURIER, GLOBAL_FILTER
from tests.references.windows import DEPTHWISE, POOL

SIMPLE: dict[str, tuple[Reference, ...]] = {
    "activation": ACTIVATION,
    "active-token": ACTIVE_TOKEN,
    "adaptive-frequency": ADAPTIVE_FREQUENCY,
    "attention": ATTENTION,
    "channel": CHANNEL,
    "cross-patch": CROSS_PATCH,
    "cycle": CYCLE,
    "depthwise": DEPTHWISE,
    "factorised-channel": CHANNEL,
    "factorised-temporal": FACTORISED_TEMPORAL,
    "fourier": FOURIER,
    "gated-shift": GATED_SHIFT,
    "global-filter": GLOBAL_FILTER,
    "hermit-frequency": HERMIT_FREQUENCY,
    "identity": IDENTITY,
    "norm": NORM,
    "pointwise": POINTWISE,
    "pool": POOL,
    "random": RANDOM,
    "roll": ROLL,
    "roll-time": ROLL_TIME,
    "shift": SHIFT,
    "spatial-gating": SPATIAL_GATING,
    "spatial-shift": SPATIAL_SHIFT,
    "spatial-shift-v2": SPATIAL_SHIFT_V2,
    "token": TOKEN,
}

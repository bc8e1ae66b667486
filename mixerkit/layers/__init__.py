"""Small nn parts that operators and models share."""

from mixerkit.layers.activation import AconC, ActivationName, activation
from mixerkit.layers.autocast import without_autocast
from mixerkit.layers.drop_path import DropPath
from mixerkit.layers.flops import FlopCounter
from mixerkit.layers.fourier import grid_irfft, grid_rfft, hfft, in_float32, irfft, real_fft_flops
from mixerkit.layers.mlp import Mlp
from mixerkit.layers.norm import EPS, Affine, Norm, Scale
from mixerkit.layers.reweight import Reweight

__all__ = [
    "EPS",
    "AconC",
    "ActivationName",
    "Affine",
    "DropPath",
    "FlopCounter",
    "Mlp",
    "Norm",
    "Reweight",
    "Scale",
    "activation",
    "grid_irfft",
    "grid_rfft",
    "hfft",
    "in_float32",
    "irfft",
    "real_fft_flops",
    "without_autocast",
]

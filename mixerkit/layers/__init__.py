"""Small nn parts that operators and models share."""

from mixerkit.layers.activation import AconC, ActivationName, activation
from mixerkit.layers.drop_path import DropPath
from mixerkit.layers.fourier import grid_fft_flops, grid_irfft, grid_rfft, hfft, in_float32, irfft, real_fft_flops
from mixerkit.layers.mlp import Mlp, mlp_flops
from mixerkit.layers.norm import EPS, Affine, NormName, Scale, norm
from mixerkit.layers.reweight import Reweight, reweight_flops

__all__ = [
    "EPS",
    "AconC",
    "ActivationName",
    "Affine",
    "DropPath",
    "Mlp",
    "NormName",
    "Reweight",
    "Scale",
    "activation",
    "grid_fft_flops",
    "grid_irfft",
    "grid_rfft",
    "hfft",
    "in_float32",
    "irfft",
    "mlp_flops",
    "norm",
    "real_fft_flops",
    "reweight_flops",
]

"""The counter of FLOPs, operation by operation, where torch's own sees nothing or takes complex numbers for real ones."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from mixerkit.layers import FlopCounter, real_fft_flops

REAL = torch.rand(2, 3, 8)
COMPLEX = torch.complex(REAL, REAL)
FFT8, FFT3 = 60, real_fft_flops(3)


def counted(function):
    with FlopCounter() as counter:
        function()
    return counter.flops


@pytest.mark.parametrize(
    ("function", "expected"),
    {
        "rfft": (lambda: torch.fft.rfft(REAL), 6 * FFT8),
        "fft of real numbers": (lambda: torch.fft.fft(REAL), 6 * FFT8),
        "fft": (lambda: torch.fft.fft(COMPLEX), 6 * 2 * FFT8),
        "ifft along another axis": (lambda: torch.fft.ifft(COMPLEX, dim=1), 16 * 2 * FFT3),
        "irfft to another length": (lambda: torch.fft.irfft(COMPLEX, n=4), 6 * real_fft_flops(4)),
        "hfft": (lambda: torch.fft.hfft(REAL, n=14), 6 * real_fft_flops(14)),
        "rfft2": (lambda: torch.fft.rfft2(REAL), 2 * (3 * FFT8 + 5 * 2 * FFT3)),
        "irfft2": (lambda: torch.fft.irfft2(COMPLEX, s=(3, 8)), 2 * (3 * FFT8 + 5 * 2 * FFT3)),
        "complex matrices": (lambda: COMPLEX @ COMPLEX.mT, 2 * 8 * 3 * 3 * 8),
        "complex product": (lambda: COMPLEX * COMPLEX, 48 * 6),
        "complex product in place": (lambda: COMPLEX.clone().mul_(COMPLEX), 48 * 6),
        "complex by real": (lambda: COMPLEX * REAL * 2.0, 0),
        "a matrix and a vector": (lambda: REAL[0] @ REAL[0, 0], 2 * 3 * 8),
        "two vectors": (lambda: REAL[0, 0] @ REAL[0, 1], 2 * 8),
        "interpolation": (lambda: torch.lerp(REAL, REAL, REAL), 48 * 4),
        "mean of windows": (lambda: functional.avg_pool2d(REAL[None], (1, 3), stride=1), 2 * 3 * 6 * 3),
        "mean of square windows": (lambda: functional.avg_pool2d(REAL[None], 3, stride=1), 2 * 6 * 9),
        "maximum along a row": (lambda: functional.max_pool1d(REAL, 2), 2 * 3 * 4 * 2),
        "moved": (lambda: REAL.roll(1, 2).flip(1).transpose(1, 2), 0),
        "value by value": (lambda: functional.layer_norm(functional.gelu(REAL * 2 + REAL), (8,)), 0),
    }.values(),
)
def test_an_operation(function, expected):
    assert counted(function) == expected


@pytest.mark.parametrize("grouped", [{}, {"groups": 2}, {"groups": 4, "padding": 1}, {"stride": 2, "dilation": 2}])
def test_convolutions_are_counted_as_torch_counts_them(grouped):
    layer, x = nn.Conv2d(4, 4, 3, **grouped), torch.rand(1, 4, 9, 8)
    with FlopCounterMode(display=False) as counter:
        layer(x)
    assert counted(lambda: layer(x)) == counter.get_total_flops() > 0


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_recurrent_layer(bidirectional):
    layer = nn.LSTM(8, 5, batch_first=True, bidirectional=bidirectional)
    assert counted(lambda: layer(REAL)) == 2 * 2 * 3 * 4 * 5 * (8 + 5) * (1 + bidirectional)


def test_attention_fused_or_not():
    q = torch.rand(1, 2, 6, 8)
    projections, scores = 2 * 6 * 16 * 64, 2 * 2 * 2 * 6 * 6 * 8
    assert counted(lambda: functional.scaled_dot_product_attention(q, q, q)) == scores
    layer, x = nn.MultiheadAttention(16, 2, batch_first=True).eval(), torch.rand(1, 6, 16)
    assert counted(lambda: layer(x, x, x)) == counted(lambda: layer(x, x, x, need_weights=False)) == projections + scores

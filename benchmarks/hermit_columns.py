"""Hermit-frequency on its distinct columns against the same on all columns: the ratio of times, side by side in one process.

python benchmarks/hermit_columns.py --dim 768 --freq 12 --time 50 --batch 4
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor, nn

from mixerkit import Grid, build_operator


def on_all_columns(mlp: nn.Module, spectrum: str, dim: int) -> Callable[[Tensor], Tensor]:
    """The paper's chain as written: HFFT, token MLP on every column, IRFFT."""
    full = 2 * (dim - 1)
    there, back = {"truncated": (dim, dim), "full": (full, full), "mixed": (full, dim)}[spectrum]

    def forward(x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        y = torch.fft.hfft(x, n=there, norm="ortho").flatten(1, 2)
        z = mlp(y.transpose(1, 2)).transpose(1, 2)
        return torch.fft.irfft(z, n=back, norm="ortho")[..., :dim].reshape(x.shape)

    return forward


def seconds(forward: Callable[[Tensor], Tensor], x: Tensor) -> float:
    """Time of one forward and backward pass."""
    began = time.perf_counter()
    torch.autograd.backward(forward(x).sum())
    return time.perf_counter() - began


def main() -> None:
    """Time both in turn, and print the median of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("dim", 768), ("freq", 12), ("time", 50), ("batch", 4), ("rounds", 15)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    x = torch.randn(asked.batch, asked.freq, asked.time, asked.dim, requires_grad=True)
    print(f"{asked.batch} clips of {asked.freq} x {asked.time} x {asked.dim}, CPU, {torch.get_num_threads()} threads")
    for spectrum in ("truncated", "full", "mixed"):
        ours = build_operator({"kind": "hermit-frequency", "spectrum": spectrum}, Grid(asked.freq, asked.time, asked.dim))
        assert isinstance(ours.mlp, nn.Module)
        theirs = on_all_columns(ours.mlp, spectrum, asked.dim)
        torch.testing.assert_close(ours(x), theirs(x), atol=1e-4, rtol=1e-4)
        pairs = [(seconds(ours, x), seconds(theirs, x)) for _ in range(asked.rounds)][2:]
        ratios = [one / other for one, other in pairs]
        print(
            f"{spectrum:9}  distinct / all columns: {median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f}); "
            f"{median(one for one, _ in pairs) * 1e3:.0f} ms against {median(other for _, other in pairs) * 1e3:.0f} ms"
        )


if __name__ == "__main__":
    main()

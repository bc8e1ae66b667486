"""The two-layer MLP that every mixer is made of. Its parts are named as timm names them, so weights map one to one."""

from torch import Tensor, nn

from mixerkit.layers.activation import ActivationName, activation


class Mlp(nn.Module):
    """fc2(act(fc1(x))) on the last axis: ``[..., width]`` -> same, with ``hidden`` channels in between.

    Parameters: 2 * width * hidden + hidden + width, and three per hidden channel more with Acon-C.
    """

    def __init__(self, width: int, hidden: int, act: ActivationName = "gelu") -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.act = activation(act, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:  # [..., width] -> same
        return self.fc2(self.act(self.fc1(x)))

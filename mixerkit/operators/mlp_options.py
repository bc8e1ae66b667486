"""The settings that every operator with a two-layer MLP shares."""

from pydantic import Field, PositiveFloat

from mixerkit.grid import Grid
from mixerkit.layers import ActivationName
from mixerkit.spec import Spec


class MlpOptions(Spec):
    """Width and activation of the MLP. Each operator says its own default of the width."""

    hidden_ratio: PositiveFloat = Field(description="hidden width of the MLP, in units of D (the channels, not N), rounded")
    activation: ActivationName = Field("gelu", description="activation between the two layers")

    def hidden(self, grid: Grid) -> int:
        """Hidden channels of the MLP."""
        return max(1, round(self.hidden_ratio * grid.dim))

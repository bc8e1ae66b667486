"""The generic MixerBlock: a list of sublayers, one after another. It knows no operator by name.

In a recipe::

    block:
      sublayer: {norm: layer}                                           # for every sublayer of the block
      operators:
        - token                                                     # an operator by name
        - {kind: channel, hidden_ratio: 2.0}                        # an item with `kind` is an operator
        - {operator: shift, norm: none, residual: false}            # an item with `operator`, and no `kind`, is a sublayer
"""

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, ValidationInfo, field_validator, model_serializer
from torch import nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.model.sublayer import SublayerDefaults, SublayerSpec
from mixerkit.spec import Issue, Spec, under


class MixerBlock(nn.Sequential):
    """Sublayers in a row: ``[B, F, T, D]`` -> same."""


class BlockSpec(Spec):
    """A block: what surrounds every operator, and the operators."""

    sublayer: SublayerDefaults = Field(
        SublayerDefaults(), description="what surrounds every operator that does not say otherwise"
    )
    operators: tuple[SublayerSpec, ...] = Field(description="operators or sublayers, first to last")

    @field_validator("operators")
    @classmethod
    def _spread_sublayer_defaults(cls, sublayers: tuple[SublayerSpec, ...], info: ValidationInfo) -> tuple[SublayerSpec, ...]:
        """Each sublayer with what ``sublayer`` says where the sublayer itself says nothing."""
        shared = info.data.get("sublayer", SublayerDefaults())  # a wrong one is not there: it has its own error
        return tuple(
            sublayer.model_copy(update={key: value for key, value in shared if key not in sublayer.model_fields_set})
            for sublayer in sublayers
        )

    @model_serializer(mode="wrap")
    def _shortest_form(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The form one would write: an item says only what differs from ``sublayer``, and no sublayer where nothing differs."""
        data: dict[str, Any] = handler(self)
        data["operators"] = tuple(map(self._shortest_item, self.operators, data["operators"]))
        return data

    def _shortest_item(self, item: SublayerSpec, whole: dict[str, Any]) -> dict[str, Any]:
        own = {key: whole[key] for key, value in self.sublayer if getattr(item, key) != value}
        operator: dict[str, Any] = whole[SublayerSpec.shorthand]
        return {SublayerSpec.shorthand: operator, **own} if own else operator

    def build(self, grid: Grid, index: BlockIndex, drop_rate: float = 0.0) -> MixerBlock:
        """The module for one place in the stack."""
        return MixerBlock(*(sublayer.build(grid, index, drop_rate) for sublayer in self.operators))

    def check(self, grid: Grid, index: BlockIndex) -> list[Issue]:
        """What does not fit this grid."""
        if not self.operators:
            return [Issue("operators", "an empty list", "at least one operator")]
        sublayers = enumerate(self.operators)
        return [issue for i, sublayer in sublayers for issue in under(f"operators.{i}", sublayer.check(grid, index))]

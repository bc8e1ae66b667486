"""The generic MixerBlock: a list of sublayers, one after another. It knows no operator by name.

In a recipe::

    block:
      sublayer: {norm: layer}                                           # for every sublayer of the block
      operators:
        - token                                                     # an operator by name
        - {kind: channel, hidden_ratio: 2.0}                        # an item with `kind` is an operator
        - {operator: shift, norm: none, residual: false}            # an item with `operator`, and no `kind`, is a sublayer
"""

from collections.abc import Mapping
from typing import Any

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
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

    @model_validator(mode="before")
    @classmethod
    def _spread_sublayer_defaults(cls, data: Any) -> Any:
        """Every item becomes a whole sublayer: the operator, and what ``sublayer`` says where the item says nothing."""
        if not isinstance(data, Mapping) or not isinstance(data.get("operators"), tuple):
            return data
        try:
            defaults = SublayerDefaults.model_validate(data.get("sublayer", {})).model_dump()
        except ValidationError:
            defaults = {}  # the field `sublayer` reports it, once
        return {**data, "operators": tuple(_as_sublayer(item, defaults) for item in data["operators"])}

    @model_serializer(mode="wrap")
    def _shortest_form(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The form one would write: an item says only what differs from ``sublayer``, and no sublayer where nothing differs."""
        data: dict[str, Any] = handler(self)
        data["operators"] = tuple(
            self._folded(item, whole) for item, whole in zip(self.operators, data["operators"], strict=True)
        )
        return data

    def _folded(self, item: SublayerSpec, whole: dict[str, Any]) -> dict[str, Any]:
        own = {key: whole[key] for key, value in self.sublayer if getattr(item, key) != value}
        operator: dict[str, Any] = whole["operator"]
        return {"operator": operator, **own} if own else operator

    def build(self, grid: Grid, index: BlockIndex, drop_rate: float = 0.0) -> MixerBlock:
        """The module for one place in the stack."""
        return MixerBlock(*(sublayer.build(grid, index, drop_rate) for sublayer in self.operators))

    def check(self, grid: Grid, index: BlockIndex) -> list[Issue]:
        """What does not fit this grid."""
        if not self.operators:
            return [Issue("operators", "an empty list", "at least one operator")]
        sublayers = enumerate(self.operators)
        return [issue for i, sublayer in sublayers for issue in under(f"operators.{i}", sublayer.check(grid, index))]


def _as_sublayer(item: Any, defaults: Mapping[str, Any]) -> Any:
    if isinstance(item, SublayerSpec):
        return item
    if isinstance(item, Mapping) and "operator" in item and "kind" not in item:
        return {**defaults, **item}
    return {**defaults, "operator": item}

"""The generic MixerBlock: a list of slots, one after another. It knows no operator by name.

In a recipe::

    block:
      slot: {norm: layer}                                           # for every slot of the block
      operators:
        - token                                                     # an operator by name
        - {kind: channel, hidden_ratio: 2.0}                        # an item with `kind` is an operator
        - {operator: shift, norm: none, residual: false}            # an item with `operator`, and no `kind`, is a slot
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

from mixerkit.grid import Grid, Site
from mixerkit.model.slot import SlotDefaults, SlotSpec
from mixerkit.spec import Misfit, Spec, under


class MixerBlock(nn.Sequential):
    """Slots in a row: ``[B, F, T, D]`` -> same."""


class BlockSpec(Spec):
    """A block: what surrounds every operator, and the operators."""

    slot: SlotDefaults = Field(SlotDefaults(), description="what surrounds every operator that does not say otherwise")
    operators: tuple[SlotSpec, ...] = Field(description="operators or slots, first to last")

    @model_validator(mode="before")
    @classmethod
    def _spread_slot_defaults(cls, data: Any) -> Any:
        """Every item becomes a whole slot: the operator, and what ``slot`` says where the item says nothing."""
        if not isinstance(data, Mapping) or not isinstance(data.get("operators"), tuple):
            return data
        try:
            defaults = SlotDefaults.model_validate(data.get("slot", {})).model_dump()
        except ValidationError:
            defaults = {}  # the field `slot` reports it, once
        return {**data, "operators": tuple(_as_slot(item, defaults) for item in data["operators"])}

    @model_serializer(mode="wrap")
    def _shortest_form(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The form one would write: an item says only what differs from ``slot``, and no slot where nothing differs."""
        data: dict[str, Any] = handler(self)
        data["operators"] = tuple(self._told(item, whole) for item, whole in zip(self.operators, data["operators"], strict=True))
        return data

    def _told(self, item: SlotSpec, whole: dict[str, Any]) -> dict[str, Any]:
        own = {key: whole[key] for key, value in self.slot if getattr(item, key) != value}
        operator: dict[str, Any] = whole["operator"]
        return {"operator": operator, **own} if own else operator

    def build(self, grid: Grid, site: Site, drop_rate: float = 0.0) -> MixerBlock:
        """The module for one place in the stack."""
        return MixerBlock(*(slot.build(grid, site, drop_rate) for slot in self.operators))

    def flops(self, grid: Grid, site: Site) -> int:
        """FLOPs per clip of the operators; norms, scales and sums are not counted."""
        return sum(slot.operator.flops(grid, site) for slot in self.operators)

    def misfits(self, grid: Grid, site: Site) -> list[Misfit]:
        """What does not fit this grid."""
        if not self.operators:
            return [("operators", "an empty list", "at least one operator")]
        slots = enumerate(self.operators)
        return [misfit for i, slot in slots for misfit in under(f"operators.{i}", slot.misfits(grid, site))]


def _as_slot(item: Any, defaults: Mapping[str, Any]) -> Any:
    if isinstance(item, SlotSpec):
        return item
    if isinstance(item, Mapping) and "operator" in item and "kind" not in item:
        return {**defaults, **item}
    return {**defaults, "operator": item}

"""Transforms: a map of the grid and its way back, for an operator to work in between. One per file."""

from mixerkit.operators.transforms import dct, flip, hermit, rfft, transpose
from mixerkit.operators.transforms.base import TRANSFORMS, Transform, TransformPair, TransformSpec, transform

__all__ = ["TRANSFORMS", "Transform", "TransformPair", "TransformSpec", "dct", "flip", "hermit", "rfft", "transform", "transpose"]

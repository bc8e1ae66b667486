"""Conjugate: there, an operator, and back."""

from itertools import product

import pytest
import torch

from mixerkit import BlockIndex, Grid, Law, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators import closure, count_flops
from mixerkit.operators.axial import AxialSpec
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.conjugate import ConjugateSpec
from mixerkit.operators.roll import RollSpec
from mixerkit.operators.shift import ShiftSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.operators.transforms.dct import DctSpec
from mixerkit.operators.transforms.flip import FlipSpec
from mixerkit.operators.transforms.hermit import HermitSpec
from mixerkit.operators.transforms.rfft import RfftSpec
from mixerkit.operators.transforms.transpose import TransposeSpec
from tests.operators.agree import agree, built

INDEX = BlockIndex(1, 4)
GRIDS = [Grid(3, 5, 8), Grid(4, 2, 7), Grid(2, 6, 33)]
ROLLS = {Law.FREQ_ROLL_EQUIVARIANT, Law.TIME_ROLL_EQUIVARIANT}


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize(("axis", "norm"), list(product(["dim", "freq", "time"], ["ortho", "backward"])))
def test_with_the_full_spectrum_it_is_hermit_frequency(axis, norm, grid):
    """Outputs and all gradients, and the same count of operations, with the same settings."""
    same = ConjugateSpec(transform=HermitSpec(axis=axis, fft_norm=norm), operator=TokenSpec())
    hermit, x = built("hermit-frequency", grid, axis=axis, fft_norm=norm, spectrum="full")
    conjugate = same.build(grid, INDEX).double()
    conjugate.operator.mlp = hermit.mlp
    agree(conjugate(x), hermit(x), x, *hermit.parameters())
    assert {name: p.shape for name, p in same.build(grid, INDEX).operator.named_parameters()} == {
        name: p.shape for name, p in hermit.named_parameters()
    }
    assert count_flops(conjugate, x[:1]) == count_flops(hermit, x[:1])


@pytest.mark.parametrize("axis", ["dim", "freq"])
@pytest.mark.parametrize("spectrum", ["truncated", "mixed"])
def test_with_other_spectra_too_where_the_width_is_given_in_the_kept_channels(spectrum, axis):
    grid, kept = Grid(6, 4, 10), 6 if axis == "dim" else 10
    hermit, x = built("hermit-frequency", grid, axis=axis, spectrum=spectrum)
    token = TokenSpec(hidden_ratio=0.5 * 10 / kept)
    same = ConjugateSpec(transform=HermitSpec(axis=axis, spectrum=spectrum), operator=token)
    conjugate = same.build(grid, INDEX).double()
    assert conjugate.operator.mlp.fc1.weight.shape == hermit.mlp.fc1.weight.shape
    conjugate.operator.mlp = hermit.mlp
    agree(conjugate(x), hermit(x), x, *hermit.parameters())
    assert count_flops(conjugate, x[:1]) == count_flops(hermit, x[:1])


def test_around_along_transpose_swaps_the_axes():
    grid, x = Grid(3, 5, 8), torch.randn(2, 3, 5, 8, dtype=torch.float64, requires_grad=True)
    along = AxialSpec(axis="time", operator=TokenSpec()).build(Grid(5, 3, 8), INDEX).double()
    swapped = ConjugateSpec(transform=TransposeSpec(), operator=AxialSpec(axis="time", operator=TokenSpec()))
    conjugate = swapped.build(grid, INDEX).double()
    conjugate.load_state_dict({f"operator.{name}": tensor for name, tensor in along.state_dict().items()})
    straight = AxialSpec(axis="freq", operator=TokenSpec()).build(grid, INDEX).double()
    straight.load_state_dict(along.state_dict())
    agree(conjugate(x), straight(x), x)
    assert count_flops(conjugate, x) == count_flops(straight, x)


def test_a_flipped_shift_goes_the_other_way():
    grid, x = Grid(3, 4, 16), torch.randn(1, 3, 4, 16)
    flipped = ConjugateSpec(transform=FlipSpec(axis="time"), operator=ShiftSpec(divisions=4)).build(grid, INDEX)(x)
    shifted = ShiftSpec(divisions=4).build(grid, INDEX)(x)
    swapped = ShiftSpec(divisions=4).build(grid, INDEX)(x[..., [*range(4, 8), *range(4), *range(8, 16)]])
    assert torch.equal(flipped[..., :4], swapped[..., 4:8])
    assert torch.equal(flipped[..., 8:], shifted[..., 8:])


@pytest.mark.parametrize(
    ("transform", "operator"),
    [
        ("hermit", "pool"),
        ("hermit", "random"),
        ({"kind": "hermit", "axis": "freq"}, {"kind": "pointwise", "bias": False}),
        ({"kind": "rfft", "axis": "dim"}, "pool"),
        ({"kind": "dct", "axis": "dim"}, "pool"),
        ("transpose", "channel"),
        ("flip", {"kind": "attention", "heads": 4}),
        ({"kind": "flip", "axis": "dim"}, "token"),
        ("dct", "identity"),
        ("rfft", "identity"),
    ],
)
def test_what_the_transform_does_not_change_is_refused(transform, operator):
    with pytest.raises(RecipeError, match=r"(?s)operator\s.*commutes with"):
        build_operator({"kind": "conjugate", "transform": transform, "operator": operator}, Grid(4, 4, 16))


def test_it_is_the_operator_itself_that_is_refused():
    """What the refusal says, in numbers: the transform around it is without effect."""
    pairs = (
        (HermitSpec(), "pool"),
        (RfftSpec(axis="dim"), "pool"),
        (DctSpec(axis="time"), "identity"),
        (TransposeSpec(), "channel"),
    )
    for transform, operator in pairs:
        spec = ConjugateSpec.model_validate({"transform": transform, "operator": operator})
        grid, x = Grid(4, 4, 16), torch.randn(1, 4, 4, 16, dtype=torch.float64)
        module = spec.build(grid, INDEX).double()
        torch.testing.assert_close(module(x), module.operator(x))


def test_a_pair_that_is_not_exact_has_an_effect_around_anything():
    spec = ConjugateSpec.model_validate({"transform": {"kind": "hermit", "spectrum": "truncated"}, "operator": "pool"})
    assert not spec.check(Grid(4, 4, 16), INDEX)


def test_problems_are_reported_with_their_place():
    (issue,) = ConjugateSpec(transform=HermitSpec(axis="freq"), operator=RollSpec()).check(Grid(1, 4, 16), INDEX)
    assert issue[0] == "transform.axis"
    (issue,) = ConjugateSpec(transform=RfftSpec(), operator=ShiftSpec()).check(Grid(4, 5, 4), INDEX)
    assert issue == ("operator.divisions", "12", "at most D = 8: with more, no channel would move")
    with pytest.raises(RecipeError, match=r"There is no transform of kind 'hermitt'"):
        build_operator({"kind": "conjugate", "transform": "hermitt", "operator": "token"}, Grid(4, 4, 16))


def test_extra_tokens_pass_through_the_embedding():
    flat = Grid(1, 14, 16, extra=2)
    assert not ConjugateSpec(transform=HermitSpec(), operator=TokenSpec()).check(flat, INDEX)
    (issue,) = ConjugateSpec(transform=HermitSpec(), operator=ShiftSpec()).check(flat, INDEX)
    assert issue[0] == "operator"


def laws(transform, operator):
    return closure(ConjugateSpec(transform=transform, operator=operator).laws())


def test_transpose_renames_rolls_and_drops_any_length():
    inner = AxialSpec(axis="freq", operator=TokenSpec())
    assert Law.ANY_LENGTH in inner.laws()
    assert laws(TransposeSpec(), inner) & {*ROLLS, Law.ANY_LENGTH} == {Law.FREQ_ROLL_EQUIVARIANT}
    assert {Law.PERMUTATION, Law.CHANNEL_WISE} <= laws(TransposeSpec(), RollSpec(axes="grid"))


def test_a_transform_of_the_embedding_leaves_laws_of_tokens_alone():
    kept = laws(HermitSpec(), ShiftSpec())
    assert {Law.LINEAR, Law.local(1), Law.ANY_LENGTH, Law.PARAMETER_FREE} <= kept
    assert not {Law.CHANNEL_WISE, Law.PERMUTATION} & kept
    assert laws(DctSpec(axis="dim"), ChannelSpec()) == closure(ChannelSpec().laws())


@pytest.mark.parametrize("transform", [DctSpec(axis="freq"), HermitSpec(axis="freq"), RfftSpec(axis="freq")], ids=repr)
def test_a_transform_of_an_axis_leaves_laws_of_channels_and_of_the_other_axis_alone(transform):
    kept = laws(transform, RollSpec(axes="grid"))
    assert kept & ROLLS == {Law.TIME_ROLL_EQUIVARIANT}
    assert Law.CHANNEL_WISE in kept
    assert not {Law.PERMUTATION, Law.CONSTANT_PRESERVING} & kept
    assert not laws(transform, ChannelSpec()) & {Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT}
    assert not any(law.radius is not None for law in laws(transform, ShiftSpec()))

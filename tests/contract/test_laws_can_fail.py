"""Each law and each promise of the contract is seen to fail on an operator that lacks it."""

import pytest
import torch
from torch import nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators import Law, OperatorSpec
from mixerkit.operators.activation import ActivationSpec
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.hermit_frequency import HermitFrequencySpec
from mixerkit.operators.pointwise import PointwiseSpec
from mixerkit.operators.shift import ShiftSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.testing import CHECKS, CONTRACT, Broken, Case, check_law

GRID, INDEX = Grid(4, 8, 16), BlockIndex(1, 4)

BREAKERS = {
    Law.LINEAR: PointwiseSpec(),
    Law.AFFINE: ActivationSpec(),
    Law.ZERO_PRESERVING: ChannelSpec(),
    Law.CONSTANT_PRESERVING: TokenSpec(),
    Law.PERMUTATION: ShiftSpec(divisions=4),
    Law.PARAMETER_FREE: ChannelSpec(),
    Law.TOKEN_WISE: ShiftSpec(divisions=4),
    Law.CHANNEL_WISE: ChannelSpec(),
    Law.TOKEN_EQUIVARIANT: TokenSpec(),
    Law.CHANNEL_EQUIVARIANT: ChannelSpec(),
    Law.FREQ_ROLL_EQUIVARIANT: ShiftSpec(divisions=4),
    Law.TIME_ROLL_EQUIVARIANT: HermitFrequencySpec(),
    Law.ANY_LENGTH: TokenSpec(),
    Law.local(1): ShiftSpec(divisions=4, step=2),
}


def test_every_law_has_a_breaker():
    assert {law.name for law in BREAKERS} == {*CHECKS, "local"}


@pytest.mark.parametrize("law", BREAKERS, ids=str)
def test_law_fails_where_it_is_lacking(law):
    with pytest.raises(Broken, match=f"law {law.name}"):
        check_law(law, Case(BREAKERS[law], GRID, INDEX, seed=3))


class OneLeakSpec(ActivationSpec):
    """One token, or one channel, of all reaches one other."""

    kind: str = "one-leak"
    along: str = "tokens"

    def build(self, grid, index):
        return OneLeak(self.along)


class OneLeak(nn.Module):
    def __init__(self, along):
        super().__init__()
        self.along = along

    def forward(self, x):
        y = x.clone()
        if self.along == "tokens":
            y[:, 0, 0] += x[:, -1, -1]
        else:
            y[..., 0] += x[..., -1]
        return y


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("along", "law", "message"),
    [
        ("tokens", Law.TOKEN_WISE, "token at row 3, column 7"),
        ("tokens", Law.local(6), "token at row 3, column 7"),
        ("channels", Law.CHANNEL_WISE, "channel 15"),
    ],
    ids=str,
)
def test_a_single_leak_is_found_at_the_first_case(along, law, message, seed):
    with pytest.raises(Broken, match=f"{message} changes"):
        check_law(law, Case(OneLeakSpec(along=along), GRID, INDEX, seed))


class Faulty(nn.Module):
    """One fault, by name."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault
        self.weight = nn.Parameter(torch.ones(16))
        self.calls = 0
        self.hidden_state = torch.randn(16) if fault == "survives_saving" else None
        if fault == "gives_every_parameter_a_gradient":
            self.unused = nn.Parameter(torch.ones(3))

    def forward(self, x):
        match self.fault:
            case "keeps_shape_and_type":
                return x[:, :, :-1]
            case "stays_finite":
                return self.weight * x / x.abs().amax(dim=-1, keepdim=True)
            case "keeps_clips_independent":
                return self.weight * (x - x.mean(dim=0, keepdim=True))
            case "leaves_input_untouched":
                return self.weight * x.clamp_(min=0.0) if not x.requires_grad else self.weight * x
            case "survives_saving":
                return self.weight * x + self.hidden_state.to(x.dtype)
            case "takes_strided_input":
                return self.weight * x.as_strided(x.shape, torch.empty(x.shape).stride())
            case "is_deterministic":
                return self.weight * x * torch.rand(1).to(x.dtype)
            case "runs_under_autocast":
                return self.weight * (x if not torch.is_autocast_enabled("cpu") else -x)
            case "counts_its_flops":
                return x @ torch.diag(self.weight)
            case "compiles_whole":
                return self.weight * x * (1.0 if float(x.sum()) > 0 else 2.0)
        return self.weight * x


class FaultySpec(OperatorSpec):
    kind: str = "faulty"
    fault: str = ""

    def build(self, grid, index):
        return Faulty(self.fault)

    def flops(self, grid, index):
        return 0 if self.fault == "counts_its_flops" else None


class ForgetfulSpec(FaultySpec):
    def model_dump(self):
        return {"kind": "faulty", "fault": "another"}


@pytest.mark.parametrize("check", CONTRACT)
def test_contract_fails_on_its_fault_and_passes_without_it(check):
    spec = ForgetfulSpec(fault=check) if check == "reads_back_its_settings" else FaultySpec(fault=check)
    case = Case(spec, GRID, INDEX, seed=1)
    with pytest.raises(Broken):
        CONTRACT[check](case)
    CONTRACT[check](Case(FaultySpec(), GRID, INDEX, seed=1))

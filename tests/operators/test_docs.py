"""What docs/operators.md shows can be built and run."""

import re

import pytest
import torch
from ruamel.yaml import YAML

from mixerkit import BlockIndex, Grid
from mixerkit.model import BlockSpec
from tests.conftest import REPOSITORY
from tests.examples import SCOPE

BLOCKS = re.findall(r"```yaml\n(.*?)```", (REPOSITORY / "docs" / "operators.md").read_text(encoding="utf-8"), re.DOTALL)
COMPOUNDS = {"chain", "parallel", "gated", "split", "conjugate", "axial"}


@pytest.mark.parametrize("text", BLOCKS)
def test_an_example_runs(text):
    operator = YAML(typ="safe").load(text)
    block = BlockSpec.model_validate({"operators": [operator]}, context=SCOPE.context()).build(Grid(4, 6, 48), BlockIndex(0, 1))
    assert block(torch.randn(2, 4, 6, 48)).shape == (2, 4, 6, 48)


def test_every_compound_has_an_example():
    assert {kind for kind in COMPOUNDS if any(f"kind: {kind}" in text for text in BLOCKS)} == COMPOUNDS

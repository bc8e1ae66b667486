"""Random mixing: one frozen matrix, whose rows sum to 1."""

import torch

from mixerkit import Grid, build_operator


def test_the_matrix_follows_the_seed_and_is_saved_with_the_weights():
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(build_operator("random", Grid(2, 3, 4)).state_dict()["scores"])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert ((drawn[0] >= 0) & (drawn[0] < 1)).all()


def test_training_does_not_move_it():
    """In front of something that learns: the matrix stays, what learns does not."""
    module = build_operator({"kind": "chain", "operators": ["random", "pointwise"]}, Grid(2, 3, 4)).train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0, weight_decay=0.1)
    module(torch.randn(2, 2, 3, 4)).pow(2).sum().backward()
    optimizer.step()
    moved = {name for name, tensor in module.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved == {"1.weight", "1.bias"}


def test_no_value_grows():
    x = torch.randn(2, 3, 5, 4)
    assert build_operator("random", Grid(3, 5, 4))(x).abs().max() <= x.abs().max()

"""Local training: our optimisers are PyTorch's, side by side is one by one, pieces add up to the whole."""

import numpy as np
import pytest
import torch

from quintant.labs.federated.engine.models.convolution import Convolution, Plan
from quintant.labs.federated.engine.models.dense import Dense
from quintant.labs.federated.engine.models.network import Batch
from quintant.labs.federated.engine.models.transformer import Lora, Transformer
from quintant.labs.federated.engine.optimizers import Optimizer
from quintant.labs.federated.engine.training import LocalPlan, LocalTraining, Shard, groups, stacks

NETWORKS = {
    "logistic": Dense(64, (), 10),
    "mlp": Dense(64, (16,), 10),
    "cnn": Convolution((1, 8, 8), 10, Plan((6, 16), 3, 1, (16, 8), (0.3, 0.2))),
    "transformer": Transformer(40, 12, 4, "tiny", None, None),
    "mlm": Transformer(40, 12, None, "tiny", 0.15, None),
    "lora": Transformer(40, 12, 4, "tiny", None, Lora(4, 8.0, 0.1, frozenset({"query", "value"}))),
}
SIZES = (23, 40, 16, 7)


def shards(network):
    generator = torch.Generator().manual_seed(0)
    if isinstance(network, Transformer):
        made = [torch.randint(3, 40, (count, 12), generator=generator) for count in SIZES]
        for tokens in made:
            tokens[:, 9:] = 0
    else:
        made = [torch.randn((count, 1, 8, 8), generator=generator) for count in SIZES]
    return [Shard(x, torch.randint(0, 4, (len(x),), generator=generator)) for x in made]


torch.set_num_threads(1)
PLAN = LocalPlan(2, 8, "adam", 1e-2, 0.0)


def trained(network, rows, plan=PLAN):
    start = network.initial(torch.Generator().manual_seed(1))
    own = shards(network)
    training = LocalTraining(network, start, [own[row] for row in rows], [100 + row for row in rows], plan)
    training.advance(10**9)
    assert training.done == training.total
    return training.result()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_side_by_side_is_one_by_one(name, optimizer):
    """Unequal shards, so that rows are padded and end at different steps; floating-point order is all that may differ."""
    plan = LocalPlan(2, 8, optimizer, 1e-3 if optimizer == "adam" else 1e-1, 0.01)
    together = trained(NETWORKS[name], (0, 1, 2, 3), plan)
    alone = np.concatenate([trained(NETWORKS[name], (row,), plan) for row in range(4)])
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together[0] - together[1]).max() > 1e-4


def test_the_order_of_participants_changes_nothing():
    network = NETWORKS["cnn"]
    assert np.array_equal(trained(network, (0, 1, 2))[[2, 0]], trained(network, (2, 0, 1))[[0, 1]])


@pytest.mark.parametrize("name", NETWORKS)
def test_pieces_and_checkpoints_change_no_bit(name):
    network, plan = NETWORKS[name], LocalPlan(2, 8, "adam", 1e-2, 0.0)
    start, own = network.initial(torch.Generator().manual_seed(1)), shards(network)

    def fresh():
        return LocalTraining(network, start, own, [100, 101, 102, 103], plan)

    training = fresh()
    while training.done < training.total:
        training.advance(1)
        raw = training.dump()
        training = fresh()
        training.restore(raw)
    assert np.array_equal(training.result(), trained(network, (0, 1, 2, 3)))


@pytest.mark.parametrize(("name", "reference"), [("adam", "Adam"), ("adamw", "AdamW"), ("sgd", "SGD")])
def test_optimizers_are_pytorchs(name, reference):
    generator = torch.Generator().manual_seed(0)
    ours = torch.randn((1, 200), generator=generator)
    theirs = ours.clone().requires_grad_()
    mine, other = Optimizer(name, 0.01, ours), getattr(torch.optim, reference)([theirs], lr=0.01)
    for _ in range(50):
        gradient = torch.randn((1, 200), generator=generator)
        mine.step(ours, gradient, 1)
        theirs.grad = gradient.clone()
        other.step()
    assert torch.allclose(ours, theirs.detach(), atol=1e-6)


def test_the_convolution_is_pytorchs_own():
    """The same weights in a plain torch.nn module give the same logits, for one copy and for three."""
    network = Convolution((1, 28, 28), 10, Plan((6, 16), 5, 0, (64, 32), (0.0, 0.0)))
    flat = network.initial(torch.Generator().manual_seed(3)).repeat(3, 1)
    p = network.views(flat)
    x = torch.randn((5, 1, 28, 28), generator=torch.Generator().manual_seed(4))
    y = x
    for index in (0, 2):
        y = torch.nn.functional.max_pool2d(torch.relu(torch.nn.functional.conv2d(y, p[index][0], p[index + 1][0])), 2)
    y = y.flatten(1)
    for index in (4, 6):
        y = torch.relu(y @ p[index][0] + p[index + 1][0])
    wanted = y @ p[8][0] + p[9][0]
    three = network.outputs(p, x.expand(3, *x.shape))
    assert all(torch.allclose(copy, wanted, atol=1e-5) for copy in three)
    assert torch.allclose(network.outputs(network.views(flat[:1]), x[None])[0], wanted, atol=1e-5)


def test_lora_trains_its_matrices_and_the_head_only_and_begins_as_the_base():
    full, lora = NETWORKS["transformer"], NETWORKS["lora"]
    assert {parameter.name.rpartition(".")[2] for parameter in lora.trained} == {"lora_a", "lora_b", "head", "bias"}
    assert [parameter.name for parameter in lora.trained if parameter.name.endswith("bias")] == ["head.bias"]
    assert lora.size < full.size / 3
    weights = lora.initial(torch.Generator().manual_seed(1))
    inputs = torch.randint(3, 40, (1, 6, 12), generator=torch.Generator().manual_seed(2))
    p = lora.views(weights[None])
    before = lora.outputs(p, inputs)
    names = [parameter.name for parameter in lora.trained]
    p[names.index("0.query.lora_a")].mul_(5)
    assert torch.equal(lora.outputs(p, inputs), before), "B is zero at first, so A changes nothing"
    p[names.index("0.query.lora_b")].add_(0.5)
    assert not torch.equal(lora.outputs(p, inputs), before)


def test_padding_is_not_read():
    network = NETWORKS["transformer"]
    p = network.views(network.initial(torch.Generator().manual_seed(1))[None])
    short = torch.randint(3, 40, (1, 3, 7), generator=torch.Generator().manual_seed(2))
    padded = torch.cat([short, torch.zeros((1, 3, 5), dtype=torch.int64)], dim=2)
    assert torch.allclose(network.outputs(p, padded), network.outputs(p, short), atol=1e-5)


def test_masked_language_modelling_counts_chosen_tokens_only():
    network = NETWORKS["mlm"]
    p = network.views(network.initial(torch.Generator().manual_seed(1))[None])
    inputs = torch.randint(3, 40, (1, 4, 12), generator=torch.Generator().manual_seed(2))
    nothing = torch.ones((1, 4, 36))
    loss, right = network.scores(p, Batch(inputs, torch.zeros((1, 4), dtype=torch.int64), nothing))
    assert loss.tolist() == [[0.0] * 4]
    assert right.tolist() == [[0.0] * 4]
    everything = torch.zeros((1, 4, 36))
    loss, _ = network.scores(p, Batch(inputs, torch.zeros((1, 4), dtype=torch.int64), everything))
    assert torch.allclose(loss, torch.full((1, 4), float(np.log(40))), atol=0.2)


def test_the_rule_that_chooses_a_backend():
    small, generic = NETWORKS["cnn"], Convolution((1, 28, 28), 10, Plan((32, 64), 5, 2, (512,), (0.5,)))
    assert stacks(small, 32)
    assert not stacks(generic, 20)
    plan = LocalPlan(1, 32, "adam", 1e-3, 0.0)
    assert groups(small, SIZES, plan, stacked=False) == [[0], [1], [2], [3]]
    assert groups(small, SIZES, plan, stacked=True) == [[1, 0, 2, 3]]

"""Networks side by side are what each is alone; what is kept is what autograd says."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from helpers.activations import ACTIVATIONS
from helpers.networks import linears, mlp
from helpers.prose import prose, windows
from helpers.records.catalogue import RECORDS
from helpers.records.experiments import Comparison, LongRun, PairRun, sizes, stacked
from helpers.records.texts import TRAIN, TextRun, coded
from helpers.training import digits, train

SMALL = Comparison(
    "tanh",
    {"a": ("xavier_normal", 1.0), "b": ("orthogonal", 1.0)},
    (3,),
    (0.01, 0.1),
    seeds=1,
    steps=20,
    every=5,
    width=16,
)


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [("sgd", {"momentum": 0.9}), ("adam", {"optimizer": "adam"})],
)
def test_networks_side_by_side_learn_as_each_does_alone(optimizer, options):
    comparison = replace(SMALL, optimizer=optimizer)
    many = comparison.run(3, seed=5)
    for i, start in enumerate(comparison.starts):
        for k, rate in enumerate(comparison.rates):
            net = comparison.network(3, 5, start)
            alone = train(net, digits(), steps=20, lr=rate, seed=5, **options)
            torch.testing.assert_close(
                many["loss"][i, k], alone.loss.view(-1, 5).mean(1)
            )
            assert many["right"][i, k] == round(alone.accuracy * 360)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_warm_up_is_pytorchs_schedule(optimizer):
    warm = replace(SMALL, optimizer=optimizer, warmup=8)
    many = warm.run(3, seed=5, starts=["a"], rates=[0.1])
    net, data = warm.network(3, 5, "a"), digits()
    make = {
        "sgd": partial(torch.optim.SGD, momentum=0.9),
        "adam": torch.optim.Adam,
    }[optimizer]
    update = make(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.LinearLR(update, 1 / 8, 1.0, total_iters=7)
    g = torch.Generator().manual_seed(5)
    losses = []
    for chosen in torch.randint(len(data.x), (20, 64), generator=g):
        loss = torch.nn.functional.cross_entropy(net(data.x[chosen]), data.y[chosen])
        losses.append(loss.detach())
        update.zero_grad()
        loss.backward()
        update.step()
        schedule.step()
    alone = torch.stack(losses).view(-1, 5).mean(1)
    torch.testing.assert_close(many["loss"][0, 0], alone)


def test_seeds_side_by_side_learn_as_each_does_alone():
    ways = {"slow": ("sgd", 0.1), "quick": ("adam", 0.003)}
    long = LongRun("tanh", ("lecun", 1.0), 3, ways, 20, every=5, seeds=2, width=16)
    kept, data = long.compute(), digits()
    for i, (optimizer, lr) in enumerate(ways.values()):
        nets = [long.network(seed) for seed in (0, 1)]
        alone = [train(n, data, steps=20, lr=lr, optimizer=optimizer) for n in nets]
        losses = torch.stack([run.loss.view(-1, 5).mean(1) for run in alone])
        torch.testing.assert_close(kept["loss"][i], losses.median(0).values)
        read = [round(run.accuracy * 360) for run in alone]
        assert kept["right"][i].tolist() == read
        seen = [(net(data.x).argmax(1) == data.y).sum().item() for net in nets]
        assert kept["seen"][i].tolist() == seen


def test_transformers_side_by_side_learn_as_each_does_alone():
    run = TextRun(
        "post",
        {"warm": ("adam", 0.01, 3)},
        steps=6,
        every=2,
        seeds=2,
        width=8,
        blocks=2,
        length=8,
    )
    many = run.run("warm")
    for seed in (0, 1):
        model = run.network(seed).float()
        update = torch.optim.Adam(model.parameters(), lr=0.01)
        generator = torch.Generator().manual_seed(0)
        losses = []
        for step in range(6):
            update.param_groups[0]["lr"] = 0.01 * min(1, (step + 1) / 3)
            x, y = windows(coded()[:TRAIN], 4, 8, generator)
            logits = model(x).flatten(0, 1)
            loss = torch.nn.functional.cross_entropy(logits, y.flatten())
            update.zero_grad()
            loss.backward()
            update.step()
            losses.append(loss.item())
        alone = torch.tensor(losses, dtype=torch.float64).view(-1, 2).mean(1)
        torch.testing.assert_close(many["loss"][seed], alone, rtol=1e-4, atol=1e-5)
    kept = run.compute()
    torch.testing.assert_close(kept["test"][0], many["test"])
    alphabet = sorted(set(prose()))
    assert "".join(alphabet[code] for code in coded()[:30]) == prose()[:30]


def test_what_is_kept_of_a_layer_is_what_autograd_says():
    comparison = RECORDS["relu"]
    net = comparison.network(3, 0, "He")
    kept = sizes(digits(), stacked([net, net]), "relu")
    data, z = digits(), []
    for layer in net:
        if isinstance(layer, torch.nn.Linear):
            layer.register_forward_hook(
                lambda layer, args, out: z.append(out) or out.retain_grad()
            )
    loss = torch.nn.functional.cross_entropy(net(data.x), data.y)
    loss.backward()
    linear = [m for m in net if isinstance(m, torch.nn.Linear)]
    h = [ACTIVATIONS["relu"].phi(v.detach()) for v in z[:-1]]
    close = torch.testing.assert_close
    close(kept["loss"], loss.detach().expand(2))
    close(kept["mean"][0], torch.stack([v.mean() for v in h]))
    rms = [v.grad.square().mean().sqrt() * len(data.x) for v in z[:-1]]
    close(kept["gradient"][1], torch.stack(rms))
    rms = [m.weight.grad.square().mean().sqrt() for m in linear[:-1]]
    close(kept["weight"][0], torch.stack(rms))
    above = [
        (v <= high).double().mean() for v, high in zip(h, kept["high"][0], strict=True)
    ]
    assert all(0.98 <= share < 0.981 for share in above)


def test_a_stack_holds_the_weights_of_each_and_no_bias_as_0():
    for bias in (True, False):
        nets = [
            mlp(2, 5, bias=bias, generator=torch.Generator().manual_seed(seed))
            for seed in (0, 1)
        ]
        for layer, (W, b) in enumerate(stacked(nets)):
            assert W.shape == (2, 5, 5) and b.shape == (2, 1, 5)
            for i, net in enumerate(nets):
                assert torch.equal(W[i], linears(net)[layer].weight)
            assert not b.any()


def test_a_pair_draws_the_biases_too_and_leaves_the_weights_alone():
    ways = {"slow": ("sgd", 0.1)}
    pair = PairRun("tanh", ("lecun", 1.0), 3, ways, width=400, sigma_b=0.2)
    plain = LongRun("tanh", ("lecun", 1.0), 3, ways, width=400)
    for drawn, zero in zip(
        linears(pair.network(1)), linears(plain.network(1)), strict=True
    ):
        torch.testing.assert_close(drawn.weight, zero.weight)
        assert (zero.bias == 0).all()
    biases = torch.cat([layer.bias for layer in linears(pair.network(1))])
    # 810 draws: four standard errors.
    assert abs(biases.std() / 0.2 - 1) < 0.1

"""A run that starts to vanish or explode is told; one that learns is not."""

import logging
import re
from time import process_time

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.networks import mlp
from helpers.signals import Kind, Monitor
from helpers.training import digits
from tests.shared.seeds import seeded
from tests.shared.zoo import EXHIBITS
from tests.shared.zoo.evidence import optimizer as optimizer_of

DATA = digits()


def network(seed=0):
    sizes = {"fan_in": 64, "fan_out": 10}
    generator = seeded(seed)
    return mlp(4, 64, "relu", "he_normal", generator=generator, bias=True, **sizes)


def train(model, monitor, optimizer, steps=60, before=None):
    generator = seeded(1)
    monitor.attach(optimizer)
    for step in range(steps):
        if before:
            before(model, step)
        chosen = torch.randint(len(DATA.x), (64,), generator=generator)
        loss = F.cross_entropy(model(DATA.x[chosen]), DATA.y[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_learns_is_left_in_peace(seed):
    model = network(seed)
    monitor = Monitor(model)
    train(model, monitor, torch.optim.Adam(model.parameters(), 1e-3), 120)
    assert monitor.alarms == [] and monitor.step == 120


# As it was trained for the zoo: "Adam 0.001", "SGD 0.01"
TRAINED = re.compile(r"(Adam|SGD) ([\d.]+)")
TRAINS = [n for n, e in EXHIBITS.items() if e.expected in ("healthy", "hint")]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", TRAINS)
def test_networks_of_the_zoo_that_train_are_left_in_peace(name, seconds=8.0):
    exhibit = EXHIBITS[name]
    rule, rate = TRAINED.search(exhibit.evidence).groups()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, generator = exhibit.make().train(), seeded(1)
        steps = optimizer_of(model, rule.lower(), float(rate))
        monitor = Monitor(model)
        monitor.attach(steps)
        end = process_time() + seconds
        while monitor.step < 100 and process_time() < end:
            inputs, target = exhibit.task.batch(generator)
            loss = exhibit.task.loss(model(*inputs), target)
            steps.zero_grad()
            loss.backward()
            steps.step()
    assert monitor.step > 3 and monitor.alarms == []


def test_a_rate_that_is_too_large_explodes():
    model = network()
    monitor = Monitor(model, tell=lambda alarm: None)
    optimizer = torch.optim.SGD(model.parameters(), 1e-2, momentum=0.9)

    def faster(model, step):
        if step == 20:
            optimizer.param_groups[0]["lr"] = 100.0

    train(model, monitor, optimizer, before=faster)
    alarm = monitor.alarms[0]
    assert alarm.kind == Kind.EXPLODING and 20 < alarm.step < 30
    assert str(alarm).startswith(f"step {alarm.step}: exploding: the gradient is ")
    assert alarm.layer in dict(model.named_modules())


def test_a_number_that_is_none_is_told_at_the_layer_that_it_comes_to_first():
    model = network()
    monitor = Monitor(model, tell=lambda alarm: None)
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    assert monitor.look() == []
    model[2].weight.grad[0, 0] = torch.inf
    model[4].weight.grad[0, 0] = torch.nan
    (alarm,) = monitor.look()
    assert alarm.layer == "4" and alarm.step == 2
    assert alarm.text == ("step 2: exploding: the gradient is no longer finite at 4")
    assert monitor.look() == [], "each is said once"


def test_a_layer_whose_gradient_fades_or_ends_is_told():
    model = network()
    told = []
    monitor = Monitor(model, tell=told.append)
    for step in range(60):
        for p in model.parameters():
            p.grad = torch.ones_like(p)
        if step >= 20:
            model[2].weight.grad *= 0.001
            model[0].weight.grad *= 0
        monitor.look()
    # Ten looks in a row: the 21st to the 30th.
    assert [(a.step, a.kind, a.layer) for a in told] == [
        (30, Kind.VANISHING, "0"),
        (30, Kind.VANISHING, "2"),
    ]
    assert told[0].text == (
        "step 30: vanishing: the gradient at 0 has been exactly 0 for 10 steps"
    )
    # Lengths of ones are roots of how many there are: of 64 * 64 in three layers, at
    # first, then in one, and of 640 in the last.
    share = 0.001 * ((3 * 64**2 + 640) / (64**2 + 640)) ** 0.5
    assert f": 2 gets {share:.2g} of the share of the gradient" in told[1].text


def test_units_that_die_in_training_are_told():
    model = network()
    monitor = Monitor(model, tell=lambda alarm: None)

    def die(model, step):
        if step == 30:
            model[2].bias.data[:] = -1e6

    train(model, monitor, torch.optim.SGD(model.parameters(), 1e-2), before=die)
    found = {(alarm.kind, alarm.layer) for alarm in monitor.alarms}
    assert {(Kind.VANISHING, "0"), (Kind.VANISHING, "2")} <= found
    assert all(alarm.step == 40 for alarm in monitor.alarms if alarm.layer == "2")


def test_a_loss_that_shrinks_for_all_layers_alike_is_no_fault():
    model = network()
    monitor = Monitor(model)
    for step in range(100):
        for p in model.parameters():
            p.grad = torch.full_like(p, 0.5**step)
        monitor.look()
    assert monitor.alarms == []


def test_what_has_no_gradient_is_not_looked_at():
    model = network().requires_grad_(False)
    monitor = Monitor(model)
    assert [monitor.look() for _ in range(20)] == [[]] * 20
    with pytest.raises(TypeError, match="model must be a torch.nn.Module, got str"):
        Monitor("model")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.complex64])
def test_small_and_complex_formats_and_sparse_gradients_are_measured(dtype):
    table = nn.Embedding(10, 4, sparse=True)
    table(torch.tensor([1, 1, 2])).sum().backward()
    wide = nn.Linear(4, 300, dtype=dtype)
    # In float16 the square of 300 overflows; its length does not.
    wide.weight.grad = torch.full_like(wide.weight, 300)
    monitor = Monitor(nn.ModuleList([table, wide]))
    assert monitor.look() == []


def test_it_hands_its_words_to_logging_and_can_be_taken_off(caplog):
    model = network()
    monitor = Monitor(model)
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    handle = monitor.attach(optimizer)
    for p in model.parameters():
        p.grad = torch.full_like(p, torch.nan)
    with caplog.at_level(logging.WARNING):
        optimizer.step()
    assert "step 1: exploding" in caplog.text
    handle.remove()
    optimizer.step()
    assert monitor.step == 1

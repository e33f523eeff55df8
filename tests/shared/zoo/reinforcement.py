"""Networks that act: values of actions, policies, critics."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, normal, together
from tests.shared.zoo.parts import mlp
from tests.shared.zoo.tasks import digits, pixels, teacher


def dqn(actions: int = 10) -> nn.Module:
    """Three convolutions, two linear layers, PyTorch's weights."""
    return nn.Sequential(
        *[nn.Conv2d(4, 16, 8, 4), nn.ReLU(), nn.Conv2d(16, 32, 4, 2), nn.ReLU()],
        *[nn.Conv2d(32, 32, 3), nn.ReLU(), nn.Flatten()],
        *[nn.Linear(32 * 16, 128), nn.ReLU(), nn.Linear(128, actions)],
    )


class Dueling(nn.Module):
    """One head for the value, one for what each action adds."""

    def __init__(self):
        super().__init__()
        self.body = dqn()[:-3]
        self.value, self.advantage = mlp(512, 64, 1), mlp(512, 64, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.body(x)
        advantage = self.advantage(h)
        return self.value(h) + advantage - advantage.mean(1, keepdim=True)


def orthogonal_chain(gain: float, outputs: int) -> nn.Module:
    """Two hidden layers with orthogonal weights and gain sqrt(2); a head's own gain."""
    model = mlp(64, 64, 64, outputs, act=nn.Tanh)
    for layer in model[::2]:
        nn.init.orthogonal_(layer.weight, 2**0.5)
        nn.init.zeros_(layer.bias)
    nn.init.orthogonal_(model[-1].weight, gain)
    return model


class ActorCritic(nn.Module):
    """A policy and a value, each with a chain of its own."""

    def __init__(self):
        super().__init__()
        self.actor = orthogonal_chain(0.01, 10)
        self.critic = orthogonal_chain(1.0, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.actor(x), self.critic(x)


class DDPGActor(nn.Module):
    """Three layers +-1/sqrt(n), the last +-0.003, tanh at the end."""

    def __init__(self, n_in: int = 24, actions: int = 4):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(n_in, 400), nn.Linear(400, 300)
        self.fc3 = nn.Linear(300, actions)
        for layer in (self.fc1, self.fc2):
            bound = layer.in_features**-0.5
            nn.init.uniform_(layer.weight, -bound, bound)
        nn.init.uniform_(self.fc3.weight, -0.003, 0.003)
        nn.init.uniform_(self.fc3.bias, -0.003, 0.003)

    def forward(self, x: Tensor) -> Tensor:
        return 2 * torch.tanh(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))))


class DDPGCritic(nn.Module):
    """The action enters at the second layer."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(24, 128), nn.Linear(132, 100)
        self.fc3 = nn.Linear(100, 1)
        nn.init.uniform_(self.fc3.weight, -0.003, 0.003)

    def forward(self, state: Tensor, action: Tensor) -> Tensor:
        h = F.relu(self.fc1(state))
        return self.fc3(F.relu(self.fc2(torch.cat([h, action], 1))))


class SacActor(nn.Module):
    """A mean and a spread for each action."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(mlp(24, 64, 64), nn.ReLU())
        self.mean, self.log_std = nn.Linear(64, 4), nn.Linear(64, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(x)
        return self.mean(h), self.log_std(h).clamp(-20, 2)


STATES = normal(32, 24)

EXHIBITS = [
    Exhibit(
        "dqn",
        dqn,
        normal(8, 4, 64, 64),
        digits(64, 4),
        "healthy",
        "Mnih et al. (2015), PyTorch's start",
        "trains, Adam 0.001: 2.32 to 1.14 in 32 steps, a guess has 2.3",
    ),
    Exhibit(
        "dueling_dqn",
        Dueling,
        normal(8, 4, 64, 64),
        digits(64, 4),
        "healthy",
        "Wang et al. (2016), PyTorch's start",
        "trains, Adam 0.001: 2.28 to 1.12 in 34 steps, a guess has 2.3",
    ),
    Exhibit(
        "ppo_actor",
        lambda: orthogonal_chain(0.01, 10),
        normal(16, 64),
        pixels(),
        "healthy",
        "Andrychowicz et al. (2021)",
        "trains, Adam 0.001: 2.3 to 1.13 in 74 steps, a guess has 2.3",
    ),
    Exhibit(
        "actor_critic",
        ActorCritic,
        normal(16, 64),
        pixels(),
        "healthy",
        "Schulman et al. (2017)",
        "trains, Adam 0.001: 2.3 to 1.13 in 74 steps, a guess has 2.3",
    ),
    Exhibit(
        "ddpg_actor",
        DDPGActor,
        normal(16, 24),
        teacher(STATES, 4),
        "healthy",
        "Lillicrap et al. (2016)",
        "trains, Adam 0.001: 0.97 to 0.489 in 26 steps, a guess has 1",
    ),
    Exhibit(
        "ddpg_critic",
        DDPGCritic,
        together(normal(16, 24), normal(16, 4)),
        teacher(together(STATES, normal(32, 4)), 1),
        "healthy",
        "Lillicrap et al. (2016)",
        "trains, Adam 0.001: 0.884 to 0.489 in 40 steps, a guess has 1",
    ),
    Exhibit(
        "sac_actor",
        SacActor,
        normal(16, 24),
        teacher(STATES, 4),
        "healthy",
        "Haarnoja et al. (2018), PyTorch's start",
        "trains, Adam 0.001: 0.947 to 0.499 in 60 steps, a guess has 1",
    ),
]

"""The first loss beside a guess's, and what makes it large."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.signals import probe
from helpers.signals.errors import AuditError
from helpers.signals.first_loss import first_loss, targets_at
from tests.shared.seeds import seeded

X = torch.randn(200, 8, generator=seeded())


def words(model, x=X, **asked):
    torch.manual_seed(0)
    model = model()
    return first_loss(model, (x,), probe(model, x), **asked)


class Reads(nn.Module):
    """Tokens through a table and a head of its own, or the table again."""

    def __init__(self, tied, std=1.0, width=64):
        super().__init__()
        self.table = nn.Embedding(100, width)
        self.body = nn.Linear(width, width)
        self.head = nn.Linear(width, 100, bias=False)
        nn.init.normal_(self.head.weight, 0, std)
        self.tied = tied

    def forward(self, tokens):
        h = self.table(tokens)
        h = h + 0.1 * self.body(h)
        weight = self.table.weight if self.tied else self.head.weight
        return F.linear(h, weight)


TOKENS = torch.randint(100, (16, 4), generator=seeded())


def test_targets_are_compared_with_their_own_frequencies():
    # Three in four targets are class 0: 0.562 nats; -100 is none.
    targets = torch.tensor([0, 0, 0, 1] * 45 + [-100] * 20)
    first, known = words(lambda: nn.Linear(8, 4), targets=targets)
    assert "a guess among 4 classes has 1.39" in first
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert known.endswith(f"has {entropy:.3g}")
    torch.manual_seed(0)
    loss = F.cross_entropy(nn.Linear(8, 4)(X), targets).item()
    assert f"the first loss is {loss:.3g}," in first


def test_places_are_found_behind_classes_and_before():
    image = torch.randn(4, 3, 5, 5, generator=seeded())
    targets = torch.randint(7, (4, 5, 5), generator=seeded())
    (said, _) = words(lambda: nn.Conv2d(3, 7, 1), image, targets=targets)
    assert "among 7 classes" in said


def test_a_table_that_is_the_head_is_named_as_the_cause():
    said = words(lambda: Reads(tied=True), TOKENS, classes=100)
    assert float(said[0].split("loss is ")[1].split(",")[0]) > 2 * math.log(100)
    assert "the likely cause: table is a table and the head at once" in said[1]
    assert "0.12, one over the root of 64" in said[1]


def test_a_head_with_large_weights_is_named_and_a_small_one_is_not():
    said = words(lambda: Reads(tied=False), TOKENS, classes=100)
    assert "the likely cause: the weights of the head, head, have a root" in said[1]
    assert len(words(lambda: Reads(tied=False, std=1 / 8), TOKENS, classes=100)) == 1


@pytest.mark.parametrize(
    ("targets", "words_"),
    [
        (torch.zeros(7), "no output has logits for targets of shape .7,."),
        (torch.full((200,), 4), "targets must be from 0 to 3, got 4 to 4"),
        (torch.full((200,), -100), "every target is -100, which means none"),
    ],
)
def test_targets_that_do_not_fit_are_refused(targets, words_):
    with pytest.raises(AuditError, match=words_):
        words(lambda: nn.Linear(8, 4), targets=targets)


def test_targets_come_from_a_name(tmp_path):
    file = tmp_path / "given_targets.py"
    file.write_text(
        "import torch\nlabels = [0, 1]\nhalves = torch.rand(3)\n"
        "def drawn():\n    return torch.tensor([1, 0])\n"
        "def fails():\n    raise KeyError('no file')\nword = 'cat'\n"
    )
    assert targets_at(f"{file}:labels").tolist() == [0, 1]
    assert targets_at(f"{file}:drawn").tolist() == [1, 0]
    for name, said in (
        ("halves", "targets must be whole numbers, .* has torch.float32 ones"),
        ("fails", "raised KeyError: 'no file'"),
        ("word", "holds no targets: "),
        ("missing", "has no 'missing'"),
    ):
        with pytest.raises(AuditError, match=said):
            targets_at(f"{file}:{name}")

"""Which layers are compared."""

import pytest

from helpers.signals.roles import role


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0", "14", True),
        ("features.0", "classifier.3", True),
        ("fc1", "fc3", True),
        ("layer1.0.conv1", "layer4.2.conv1", True),
        ("layer1.0.conv1", "layer1.0.conv2", False),
        ("layer2.0.downsample.0", "layer3.0.downsample.0", True),
        ("blocks.0.attn.q", "blocks.11.attn.q", True),
        ("blocks.0.attn.q", "blocks.0.attn.k", False),
        ("blocks.0.mlp.0", "blocks.3.mlp.2", False),
        ("cell.ih", "cell.ih", True),
        ("lstm.hh_l0", "lstm.hh_l1", True),
        ("stem.conv", "head.conv", False),
    ],
)
def test_a_role_is_a_name_without_what_counts_depth(one, other, same):
    assert (role(one, "Linear") == role(other, "Linear")) == same
    assert role(one, "Linear") != role(one, "Conv2d")

"""What may enter a layer, and what may be sent back from an output."""

import pytest
import torch
from torch import nn

from helpers.networks import mlp
from helpers.signals import probe
from tests.shared.probed import Convolutional


@pytest.mark.parametrize("run", ["fast", "general"])
def test_an_input_of_the_wrong_width_is_refused(run):
    model = mlp(2, 4) if run == "fast" else nn.Sequential(mlp(2, 4))
    with pytest.raises(ValueError, match=r"takes 4 inputs .* shape \(3, 5\)"):
        probe(model, torch.zeros(3, 5))


def test_an_input_with_the_wrong_channels_is_refused():
    with pytest.raises(ValueError, match=r"'c1' takes 2 channels .* \(4, 3, 8, 8\)"):
        probe(Convolutional(), torch.zeros(4, 3, 8, 8))


def test_an_image_of_the_wrong_size_is_refused_where_it_stops_fitting():
    with pytest.raises(ValueError, match=r"'out' takes 36 inputs .* shape \(4, 64\)"):
        probe(Convolutional(), torch.zeros(4, 2, 10, 10))


@pytest.mark.parametrize("run", ["fast", "general"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.long])
def test_an_input_of_the_wrong_type_is_refused(run, dtype):
    model = mlp(2, 4) if run == "fast" else nn.Sequential(mlp(2, 4))
    with pytest.raises(TypeError) as error:
        probe(model, torch.zeros(3, 4).to(dtype))
    assert str(dtype) in str(error.value) and "torch.float32" in str(error.value)


@pytest.mark.parametrize("run", ["fast", "general"])
def test_a_cotangent_of_the_wrong_shape_is_refused(run):
    model = (
        mlp(2, 4, fan_out=3) if run == "fast" else nn.Sequential(mlp(2, 4, fan_out=3))
    )
    with pytest.raises(ValueError, match=r"output's shape \(5, 3\), got \(5, 4\)"):
        probe(model, torch.zeros(5, 4), cotangent=torch.zeros(5, 4))

"""Records are computed in float64 on one thread."""

import pytest
import torch


@pytest.fixture(autouse=True)
def in_float64():
    before = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    yield
    torch.set_default_dtype(before[0])
    torch.set_num_threads(before[1])

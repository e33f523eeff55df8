"""A course of one chapter in an empty folder, as far from the real one as can be."""

import pytest

from tests.shared.toys import toy_course


@pytest.fixture
def project(tmp_path):
    return toy_course(tmp_path)

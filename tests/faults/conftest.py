"""One starter for all tests here."""

import pytest

from tests.faults.experiments import Lab
from tests.faults.world import Starter, world_in


@pytest.fixture(scope="session")
def starter():
    with Starter() as one:
        yield one


@pytest.fixture(scope="module")
def lab(tmp_path_factory, starter):
    return Lab(tmp_path_factory.mktemp("lab"), starter)


@pytest.fixture
def world(tmp_path, starter):
    with world_in(tmp_path, starter) as one:
        yield one

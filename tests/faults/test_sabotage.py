"""The campaign itself is tested: what it would not notice, it does not prove."""

import pytest

from tests.faults.sabotage import SABOTAGES


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_a_sabotage_is_caught(tmp_path, sabotage):
    assert sabotage.caught(tmp_path)

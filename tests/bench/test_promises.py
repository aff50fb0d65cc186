"""No promise is missed by far, measured with small stores; off unless asked for by `-m bench`."""

import pytest

from tests.bench.promises import BENCHES
from tests.bench.results import Measured, table
from tests.bench.setting import Bench, Setting

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """Small stores, which all benches share."""
    return Setting(tmp_path_factory.mktemp("bench"), short=True)


@pytest.mark.parametrize("bench", BENCHES.values(), ids=BENCHES.keys())
def test_no_promise_is_missed_by_far(setting: Setting, bench: Bench) -> None:
    results = bench(setting)
    slipped = [each for each in results if isinstance(each, Measured) and each.slipped]
    assert not slipped, table(results)

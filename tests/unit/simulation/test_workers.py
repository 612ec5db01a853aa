"""Wherever variants are evaluated, the results are the same, and nothing is lost."""

import random
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from smartplan.errors import ServiceError, UsageError
from smartplan.sandbox.turn import MarketRules
from smartplan.simulation import workers as workers_module
from smartplan.simulation.evaluation import Material, Setting
from smartplan.simulation.series import PriceSeries, column
from smartplan.simulation.study import SimulationSubject, Walking
from smartplan.simulation.terms import Terms
from smartplan.simulation.variants import variants_of
from smartplan.simulation.workers import Workers
from smartplan.trade.model import Position, Trade
from tests import dying_worker

D = Decimal


def series():
    luck, price, rows = random.Random(5), 10_000, []
    for _ in range(600):
        close = price + luck.randint(-60, 60)
        high, low = max(price, close) + luck.randint(0, 30), min(price, close) - luck.randint(0, 30)
        rows.append((price, high, low, close))
        price = close
    times = column(n * 60_000_000 for n in range(len(rows)))
    return PriceSeries(times, [column(c) for c in zip(*rows, strict=True)], 2, timedelta(minutes=1))


TRADE = Trade(
    account_id=1,
    pair="USDT_BTC",
    position=Position(type="buy", order_type="market", units=D("0.07")),
)
SETTING = Setting(
    SimulationSubject("one", TRADE),
    Terms(MarketRules(fee=D("0.001"))),
    Walking(every=40, holdout=D("0.3")),
    600,
)
VARIANTS = variants_of(["stop=1%..3%/0.5%", "tp=1%,2%,4%"], None)


@pytest.fixture(scope="module")
def material():
    return Material(series())


@pytest.fixture(scope="module")
def expected(material):
    found = Workers(jobs=1).evaluate(SETTING, material, VARIANTS)
    assert len(found) == len(VARIANTS) == 15
    assert len({result.past.worst.expectancy for result in found}) > 5
    return found


@pytest.fixture(autouse=True)
def little(monkeypatch):
    monkeypatch.setattr(workers_module, "LITTLE", 0)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    pytest.importorskip("distributed")
    with dying_worker.cluster(tmp_path_factory.mktemp("cluster")) as address:
        yield address


def test_processes_say_the_same_to_the_last_digit(material, expected):
    counted = []
    found = Workers(jobs=2).evaluate(SETTING, material, VARIANTS, counted.append)
    assert found == expected
    assert sum(counted) == len(VARIANTS)


@pytest.mark.filterwarnings("default")  # of the executor that lost a worker
def test_a_process_that_is_killed_loses_nothing(material, expected, monkeypatch, tmp_path):
    mark = tmp_path / "killed"
    monkeypatch.setattr(workers_module, "_piece", partial(dying_worker.piece, mark))
    assert Workers(jobs=2).evaluate(SETTING, material, VARIANTS) == expected
    assert mark.exists()


@pytest.mark.filterwarnings("default")  # of the client's own event loop
def test_a_cluster_says_the_same_and_a_killed_worker_loses_nothing(
    material, expected, scheduler, monkeypatch, tmp_path
):
    mark = tmp_path / "killed"
    cluster = Workers(backend="dask", scheduler=scheduler)
    assert cluster.evaluate(SETTING, material, VARIANTS) == expected
    monkeypatch.setattr(workers_module, "_piece", partial(dying_worker.piece, mark))
    assert cluster.evaluate(SETTING, material, VARIANTS) == expected
    assert mark.exists()


@pytest.mark.filterwarnings("default")
def test_what_is_wrong_with_a_variant_is_said_wherever_it_is_found(material, scheduler):
    wrong = variants_of(["tp=1%..8%/0.5%", "tp2=9%"], None)
    for workers in (
        Workers(jobs=1),
        Workers(jobs=2),
        Workers(backend="dask", scheduler=scheduler),
    ):
        with pytest.raises(UsageError, match="the plan has 1 targets"):
            workers.evaluate(SETTING, material, wrong)


@pytest.mark.filterwarnings("default")
def test_a_cluster_that_is_not_there(material, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers_module, "PATIENCE", "1s")
    nowhere = Workers(backend="dask", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(ServiceError, match="no cluster answers at"):
        nowhere.evaluate(SETTING, material, VARIANTS)

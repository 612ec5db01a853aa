"""Plans through histories of prices on the sandbox's engine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from smartplan.errors import UsageError
from smartplan.sandbox.turn import MarketRules
from smartplan.settings import Settings
from smartplan.simulation.course import simulated
from smartplan.simulation.evaluation import (
    Material,
    Setting,
    in_order,
    shown_starts,
    with_samples,
)
from smartplan.simulation.histories.history import FileReading, History, read_history
from smartplan.simulation.prices import PriceHistory
from smartplan.simulation.result import SimulatedTrade, Simulation
from smartplan.simulation.series import Prices, PriceSeries
from smartplan.simulation.study import SimulationSubject, Study, TradeStudy, VariantResult, Walking
from smartplan.simulation.terms import Terms
from smartplan.simulation.thinning import drawn
from smartplan.trade.costs import pays_funding
from smartplan.trade.model import Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.workflow.reconciliation import contract_of, costs_of, fee_model_of, maintenance_of


def open_histories(
    files: Mapping[str, Path],
    trades: Sequence[PlannedTrade],
    reading: FileReading,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, History]:
    """The prices of each pair that is traded. Raises ``UsageError``: not where no trade has any.

    ``progress`` is told how many characters were read.
    """
    pairs = {planned.trade.pair for planned in trades}
    if not pairs & files.keys():
        listed = ", ".join(sorted(pairs)) or "nothing"
        raise UsageError(f"--prices has none for these plans: they trade {listed}")
    return {
        pair: read_history(file, reading, progress) for pair, file in files.items() if pair in pairs
    }


def terms_of(settings: Settings, trade: Trade, rules: MarketRules) -> Terms:
    """``rules`` with the costs of the trade's account; of contracts no fee can be taken."""
    contract, costs = contract_of(settings, trade), costs_of(settings, trade)
    with_costs = replace(
        rules,
        fee=costs.taker,
        maker=costs.maker,
        slippage=costs.slippage,
        fee_model="quote" if contract.whole_units else fee_model_of(settings, trade),
    )
    funding = costs.funding if pays_funding(trade, contract) else None
    return Terms(with_costs, contract, maintenance_of(settings, trade), funding)


def study(
    trades: Sequence[PlannedTrade],
    histories: Mapping[str, History],
    terms: Callable[[Trade], Terms],
    walking: Walking,
    evaluate: Callable[[Setting, Material], list[VariantResult]],
    details: Mapping[str, History] | None = None,
) -> Study:
    """Every trade started again and again, in variants; ``evaluate`` does the work."""
    found: list[TradeStudy] = []
    used: dict[str, PriceHistory] = {}
    left_out: dict[str, str] = {}
    for planned, history, finer in _priced(trades, histories, details or {}):
        if history is None:
            left_out[planned.name] = f"no prices for {planned.trade.pair}"
            continue
        pair, series = planned.trade.pair, history.series
        material = Material(series, finer)
        setting = Setting(
            SimulationSubject.of(planned),
            terms(planned.trade),
            _anchored(walking, series),
            len(series),
        )
        best, *others = in_order(evaluate(setting, material))
        whole = with_samples(setting, material, best.variant)
        costs, shown = setting.terms.costs, shown_starts(setting, material, whole)
        found.append(TradeStudy(setting.subject, pair, (whole, *others), costs, shown))
        if pair not in used:
            used[pair] = drawn(pair, str(history.file), series)
    return Study(walking, tuple(found), used, left_out)


def _anchored(walking: Walking, series: PriceSeries) -> Walking:
    """An anchor of 0 is the first price there is."""
    if walking.anchor is None or walking.anchor:
        return walking
    return replace(walking, anchor=series.prices(0)[0])


def simulate(
    trades: Sequence[PlannedTrade],
    histories: Mapping[str, History],
    terms: Callable[[Trade], Terms],
    details: Mapping[str, History] | None = None,
) -> Simulation:
    """Every trade along the prices of its pair, from the first to the last.

    ``terms`` are the exchange's for a trade, ``details`` finer candles of some pairs.
    """
    found: list[SimulatedTrade] = []
    used: dict[str, PriceHistory] = {}
    left_out: dict[str, str] = {}
    for planned, history, finer in _priced(trades, histories, details or {}):
        if history is None:
            left_out[planned.name] = f"no prices for {planned.trade.pair}"
            continue
        pair = planned.trade.pair
        prices = Prices.all_of(history.series, finer)
        found.append(simulated(SimulationSubject.of(planned), terms(planned.trade), prices))
        if pair not in used:
            used[pair] = drawn(pair, str(history.file), history.series)
    return Simulation(tuple(found), used, left_out)


def _priced(
    trades: Sequence[PlannedTrade],
    histories: Mapping[str, History],
    details: Mapping[str, History],
) -> Iterator[tuple[PlannedTrade, History | None, PriceSeries | None]]:
    """Each trade with the prices of its pair, and with the finer ones where there are any."""
    for planned in trades:
        finer = details.get(planned.trade.pair)
        yield planned, histories.get(planned.trade.pair), finer.series if finer else None

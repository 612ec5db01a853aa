"""What a simulation found, for programs: schemas/simulation.schema.json is the promise."""

from collections.abc import Iterable

from smartplan.report.appearance import Look
from smartplan.report.envelope import ENOUGH, enveloped
from smartplan.report.risk_json import costs_json
from smartplan.simulation.prices import PriceHistory
from smartplan.simulation.result import Happened, Run, SimulatedTrade, Simulation, Total, excursions

VERSION = 1
EVENT = ("time", "status", "event", "step", "price", "units", "realised", "stop")
_RUN = (
    "entry", "entered_units", "open_units", "dust", "cost", "realised", "net", "percent",
    "r_multiple", "fees", "funding",
)  # fmt: skip
_TOTAL = ("quote", "trades", "net", "fees", "funding", "peak_exposure", "peak_at")
_STEP = (
    "number", "volume", "planned_price", "planned_units", "filled_units", "filled_price", "status",
)  # fmt: skip


def render(simulation: Simulation, look: Look) -> str:
    """Money and prices as decimal strings, times in ISO form; runs have the worst first."""
    return enveloped("simulation", simulation_json(simulation, look), decimals=ENOUGH)


def simulation_json(simulation: Simulation, look: Look) -> dict[str, object]:
    """Without its envelope."""
    return {
        "version": VERSION,
        "prices": [price_json(history) for history in simulation.histories.values()],
        "trades": [_trade_json(simulated, look) for simulated in simulation.trades],
        "left_out": dict(simulation.left_out),
        "totals": [_total_json(total) for total in simulation.totals],
    }


def price_json(history: PriceHistory) -> dict[str, object]:
    """What the prices of a pair are."""
    return {
        "pair": history.pair,
        "file": history.file,
        "kind": "candles" if history.candles else "ticks",
        "rows": history.rows,
        "start": history.start,
        "end": history.end,
    }


def _total_json(total: Total) -> dict[str, object]:
    """``unsized`` only where the money of a trade is unknown: nothing of it is in the sums."""
    unsized = {"unsized": list(total.unsized)} if total.unsized else {}
    return {**_named(total, _TOTAL), **unsized}


def _trade_json(simulated: SimulatedTrade, look: Look) -> dict[str, object]:
    return {
        "name": simulated.name,
        "pair": simulated.trade.pair,
        "side": simulated.trade.side.value,
        "costs": costs_json(simulated.costs),
        "path_dependent": simulated.path_dependent,
        "worst_net": simulated.runs[0].net,
        "best_net": simulated.runs[-1].net,
        "runs": [_run_json(simulated, run) for run in look.runs(simulated)],
    }


def _run_json(simulated: SimulatedTrade, run: Run) -> dict[str, object]:
    far = excursions(run, simulated.trade)
    spent = run.time_in_trade
    return {
        "path": run.path.value,
        "outcome": run.ending.value,
        **_named(run, ("status", "note", "entered_at", "ended_at")),
        "seconds_in_trade": int(spent.total_seconds()) if spent is not None else None,
        **_named(run, _RUN),
        "mae_percent": far[0].percent if far else None,
        "mfe_percent": far[1].percent if far else None,
        "unprotected_since": run.unprotected_since,
        "liquidated_at": run.liquidated_at,
        "events": [event_json(event) for event in run.events],
        "steps": [_named(step, _STEP) for step in run.steps],
    }


def event_json(event: Happened) -> dict[str, object]:
    """A row of the event table for programs."""
    return _named(event, EVENT)


def _named(value: object, names: Iterable[str]) -> dict[str, object]:
    return {name: getattr(value, name) for name in names}

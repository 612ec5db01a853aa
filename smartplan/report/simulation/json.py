"""What a simulation found, for programs: schemas/simulation.schema.json is the promise."""

from decimal import Decimal
from typing import TypedDict

from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped, time_or_null
from smartplan.simulation.result import (
    Happened,
    Run,
    SimulatedTrade,
    Simulation,
    StepResult,
    excursions,
)
from smartplan.trade.rounding import exact

VERSION = 1
DIGITS = 18


@exact
def decimal_text(value: Decimal) -> str:
    """As exact as the engine has it, but no longer than money is anywhere."""
    if value.as_tuple().exponent != 0 and len(number_text(value).partition(".")[2]) > DIGITS:
        value = value.quantize(Decimal(1).scaleb(-DIGITS))
    return number_text(value)


class SimulationEventJson(TypedDict):
    """A row of the event table."""

    time: str
    status: str
    event: str
    step: int | None
    price: str | None
    units: str | None
    realised: str
    stop: str | None


class StepJson(TypedDict):
    """A take profit step."""

    number: int
    volume: str
    planned_price: str | None
    planned_units: str | None
    filled_units: str
    filled_price: str | None
    status: str


class RunJson(TypedDict):
    """One trade along one path."""

    path: str
    outcome: str
    status: str
    note: str
    entered_at: str | None
    ended_at: str | None
    seconds_in_trade: int | None
    entry: str | None
    entered_units: str
    open_units: str
    dust: str
    cost: str
    realised: str
    net: str
    percent: str | None
    r_multiple: str | None
    fees: str
    mae_percent: str | None
    mfe_percent: str | None
    unprotected_since: str | None
    events: list[SimulationEventJson]
    steps: list[StepJson]


def render(simulation: Simulation, look: Look) -> str:
    """Money and prices as decimal strings, times in ISO form; runs have the worst first."""
    return enveloped("simulation", simulation_json(simulation, look))


def simulation_json(simulation: Simulation, look: Look) -> dict[str, object]:
    """Without its envelope."""
    return {
        "version": VERSION,
        "prices": [
            {
                "pair": history.pair,
                "file": history.file,
                "kind": "candles" if history.candles else "ticks",
                "rows": history.rows,
                "start": history.start.isoformat(),
                "end": history.end.isoformat(),
            }
            for history in simulation.histories.values()
        ],
        "trades": [_trade_json(simulated, look) for simulated in simulation.trades],
        "left_out": dict(simulation.left_out),
        "totals": [
            {
                "quote": total.quote,
                "trades": total.trades,
                "net": decimal_text(total.net),
                "fees": decimal_text(total.fees),
                "peak_exposure": decimal_text(total.peak_exposure),
                "peak_at": time_or_null(total.peak_at),
            }
            for total in simulation.totals
        ],
    }


def _trade_json(simulated: SimulatedTrade, look: Look) -> dict[str, object]:
    return {
        "name": simulated.name,
        "pair": simulated.trade.pair,
        "side": simulated.trade.side.value,
        "path_dependent": simulated.path_dependent,
        "worst_net": decimal_text(simulated.runs[0].net),
        "best_net": decimal_text(simulated.runs[-1].net),
        "runs": [_run_json(simulated, run) for run in look.runs(simulated)],
    }


def _run_json(simulated: SimulatedTrade, run: Run) -> RunJson:
    far = excursions(run, simulated.trade)
    spent = run.time_in_trade
    return RunJson(
        path=run.path.value,
        outcome=run.ending.value,
        status=run.status,
        note=run.note,
        entered_at=time_or_null(run.entered_at),
        ended_at=time_or_null(run.ended_at),
        seconds_in_trade=int(spent.total_seconds()) if spent is not None else None,
        entry=_optional(run.entry),
        entered_units=decimal_text(run.entered_units),
        open_units=decimal_text(run.open_units),
        dust=decimal_text(run.dust),
        cost=decimal_text(run.cost),
        realised=decimal_text(run.realised),
        net=decimal_text(run.net),
        percent=_optional(run.percent),
        r_multiple=_optional(run.r_multiple),
        fees=decimal_text(run.fees),
        mae_percent=_optional(far[0].percent) if far else None,
        mfe_percent=_optional(far[1].percent) if far else None,
        unprotected_since=time_or_null(run.unprotected_since),
        events=[event_json(event) for event in run.events],
        steps=[_step_json(step) for step in run.steps],
    )


def event_json(event: Happened) -> SimulationEventJson:
    """A row of the event table for programs."""
    return SimulationEventJson(
        time=event.time.isoformat(),
        status=event.status,
        event=event.event,
        step=event.step,
        price=_optional(event.price),
        units=_optional(event.units),
        realised=decimal_text(event.realised),
        stop=_optional(event.stop),
    )


def _step_json(step: StepResult) -> StepJson:
    return StepJson(
        number=step.number,
        volume=decimal_text(step.volume),
        planned_price=_optional(step.planned_price),
        planned_units=_optional(step.planned_units),
        filled_units=decimal_text(step.filled_units),
        filled_price=_optional(step.filled_price),
        status=step.status,
    )


def _optional(value: Decimal | None) -> str | None:
    return decimal_text(value) if value is not None else None

"""What ``report`` is about: plans with their risk, the diff where it is known, a simulation."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct, field

from smartplan.report.levels import Level, levels
from smartplan.simulation.result import SimulatedTrade, Simulation
from smartplan.trade.heat import RiskTotal, totals
from smartplan.trade.model import Trade
from smartplan.trade.risk import Risk


class Shown(Struct, frozen=True):
    """A planned trade with its risk and, where the exchange was asked, the price it trades at.

    ``update`` is the risk of a live trade before and after an update that is due.
    """

    name: str
    trade: Trade
    risk: Risk
    market: Decimal | None = None
    update: tuple[Risk, Risk] | None = None

    @property
    def levels(self) -> list[Level]:
        """Its prices that matter, from the highest to the lowest."""
        return levels(self.trade, self.risk, self.market)


class Overview(Struct, frozen=True):
    """Everything a report shows.

    ``fee`` is a fraction each way, ``equity`` per quote currency. ``diff`` is what apply would do;
    ``None`` where the environment could not be asked, and ``offline`` says why.
    """

    environment: str
    service: str
    workspace: str
    plans: int
    trades: tuple[Shown, ...]
    fee: Decimal
    equity: Mapping[str, Decimal] = field(default_factory=dict)
    diff: str | None = None
    offline: str = ""
    simulation: Simulation | None = None

    @property
    def totals(self) -> tuple[RiskTotal, ...]:
        """The risk of all these trades per quote currency."""
        return totals(self.risks)

    @property
    def risks(self) -> Mapping[str, Risk]:
        """The risk of each trade, by its name."""
        return {shown.name: shown.risk for shown in self.trades}

    @property
    def simulated(self) -> Mapping[str, SimulatedTrade]:
        """What the simulation found, by the name of the trade."""
        found = self.simulation.trades if self.simulation is not None else ()
        return {simulated.name: simulated for simulated in found}

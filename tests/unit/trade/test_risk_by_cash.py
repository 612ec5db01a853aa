"""Every figure again by counting cash in fractions: no formula of the program is used.

What is bought is paid for, fees are taken where they are taken, what is left is sold; a short
borrows, sells, and buys back. Random trades of every kind have to agree to the last digits.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from smartplan.trade.costs import Costs
from smartplan.trade.model import Position, StopLoss, TakeProfitStep, Trade
from smartplan.trade.risk import assess

NEARLY = Fraction(1, 10**25)


@dataclass(frozen=True)
class Account:
    """Fees as fractions, slippage as a fraction; ``spot``: a buyer pays the fee in the coin."""

    maker: Fraction
    taker: Fraction
    slips: Fraction
    spot: bool


@dataclass
class Book:
    """Money and coins since the trade began."""

    account: Account
    money: Fraction = Fraction(0)
    coins: Fraction = Fraction(0)

    def buy(self, units: Fraction, price: Fraction, *, waits: bool, opens: bool) -> None:
        if not waits:
            price *= 1 + self.account.slips
        fee = self.account.maker if waits else self.account.taker
        self.money -= units * price
        self.coins += units
        if opens and self.account.spot:
            self.coins -= units * fee
        else:
            self.money -= units * price * fee

    def sell(self, units: Fraction, price: Fraction, *, waits: bool) -> None:
        if not waits:
            price *= 1 - self.account.slips
        fee = self.account.maker if waits else self.account.taker
        self.money += units * price * (1 - fee)
        self.coins -= units


@dataclass(frozen=True)
class Case:
    """A plan in plain numbers; targets are ``(price, percent, limit)``."""

    account: Account
    long: bool
    units: Fraction
    entry: Fraction
    limit_entry: bool
    stop: Fraction
    breakeven: bool
    targets: tuple[tuple[Fraction, Fraction, bool], ...]

    def opened(self) -> Book:
        book = Book(self.account)
        if self.long:
            book.buy(self.units, self.entry, waits=self.limit_entry, opens=True)
        else:
            book.sell(self.units, self.entry, waits=self.limit_entry)
        return book

    def leave(self, book: Book, part: Fraction, price: Fraction, *, waits: bool) -> None:
        if self.long:
            book.sell(part, price, waits=waits)
        else:
            book.buy(part, price, waits=waits, opens=False)

    def ended(self, reached: int, closing: Fraction | None) -> Fraction:
        """The money that is left after some targets, and what is then left closed at market."""
        book = self.opened()
        whole = abs(book.coins)
        for price, percent, limit in self.targets[:reached]:
            self.leave(book, whole * percent / 100, price, waits=limit)
        if closing is not None:
            self.leave(book, abs(book.coins), closing, waits=False)
        return book.money


numbers = st.fractions(Fraction(1, 100), 1000, max_denominator=100)
rates = st.integers(0, 50).map(lambda n: Fraction(n, 10000))


@st.composite
def cases(draw) -> Case:
    long = draw(st.booleans())
    entry = draw(st.integers(100, 100000).map(lambda n: Fraction(n, 100)))
    away = draw(st.integers(1, 30))
    sign = 1 if long else -1
    count = draw(st.integers(1, 4))
    cuts = sorted(draw(st.sets(st.integers(1, 99), min_size=count - 1, max_size=count - 1)))
    volumes = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    steps = sorted(draw(st.lists(st.integers(1, 60), min_size=count, max_size=count)))
    targets = tuple(
        (entry * (100 + sign * step) / 100, Fraction(volume), draw(st.booleans()))
        for step, volume in zip(steps, volumes, strict=True)
    )
    account = Account(draw(rates), draw(rates), draw(rates), draw(st.booleans()))
    units = draw(numbers)
    stop = entry * (100 - sign * away) / 100
    return Case(
        account, long, units, entry, draw(st.booleans()), stop, draw(st.booleans()), targets
    )


def decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def plan_of(case: Case) -> Trade:
    kind = "limit" if case.limit_entry else "market"
    price = decimal(case.entry)
    watched = "bid" if case.long else "ask"
    steps = tuple(
        TakeProfitStep(
            order_type="limit" if limit else "market",
            price_type=watched,
            volume=decimal(percent),
            price=decimal(target),
        )
        for target, percent, limit in case.targets
    )
    stop = StopLoss(
        order_type="market",
        price_type=watched,
        trigger=decimal(case.stop),
        breakeven=case.breakeven,
    )
    return Trade(
        account_id=1,
        pair="USDT_BTC",
        position=Position(
            type="buy" if case.long else "sell",
            order_type=kind,
            units=decimal(case.units),
            price=price if case.limit_entry else None,
        ),
        take_profit=steps,
        stop_loss=stop,
    )


def same(ours: Decimal | None, theirs: Fraction) -> bool:
    return ours is not None and abs(Fraction(ours) - theirs) <= NEARLY * (1 + abs(theirs))


@settings(max_examples=120, derandomize=True)
@given(cases())
def test_cash_comes_to_the_same(case: Case) -> None:
    account = case.account
    costs = Costs(
        maker=decimal(account.maker),
        taker=decimal(account.taker),
        model="base" if account.spot else "quote",
        slippage=decimal(account.slips * 100),
    )
    risk = assess(plan_of(case), costs=costs, reference=decimal(case.entry))
    stopped = case.ended(0, case.stop)
    assert same(risk.loss_at_stop, -stopped)
    # Closing at market where it breaks even leaves what there was.
    assert risk.break_even is not None
    at_even = case.ended(0, Fraction(risk.break_even))
    assert abs(at_even) <= NEARLY * (1 + case.units * case.entry)
    every = case.ended(len(case.targets), None)
    paid = case.entry
    if not case.limit_entry:
        paid *= 1 + account.slips if case.long else 1 - account.slips
    assert same(risk.notional, case.units * paid)
    if stopped < 0:
        assert same(risk.reward_risk, every / -stopped)
    ends = [case.ended(0, case.stop)]
    later = paid if case.breakeven else case.stop
    ends += [case.ended(reached, later) for reached in range(1, len(case.targets))]
    ends.append(every)
    assert len(risk.scenarios) == len(ends)
    for scenario, end in zip(risk.scenarios, ends, strict=True):
        assert same(scenario.profit, end)
        if stopped < 0 < end:
            # So often it must end so, and at the stop else, that nothing is won or lost.
            share = Fraction(scenario.needed or 0) / 100
            assert abs(share * end + (1 - share) * stopped) <= NEARLY * (
                1 + abs(end) + abs(stopped)
            )
    sign = 1 if case.long else -1
    for percent, loss in risk.stress:
        beyond = case.stop * (1 - sign * Fraction(percent) / 100)
        entered = case.opened()
        part, price = abs(entered.coins), beyond
        if case.long:
            entered.money += part * price * (1 - account.taker)
        else:
            entered.money -= part * price * (1 + account.taker)
        assert same(loss, -entered.money)

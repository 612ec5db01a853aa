"""What somebody agreed to, as data: guards hold a changeset, or a request by hand, against it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from msgspec import Struct, field

from smartplan.changes.changeset import BrokenRail, Changeset
from smartplan.changes.guard_rails import OVER_ALL_TRADES, RULES
from smartplan.changes.reconcile.inputs import Choices
from smartplan.errors import UsageError

if TYPE_CHECKING:
    from smartplan.changes.saved import SavedChangeset


class Override(Struct, frozen=True):
    """A guard rail that is set aside: for one trade by ``name``, or where only one can be meant."""

    rule: str
    name: str | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """``RULE`` or ``RULE:NAME``.

        Raises ``UsageError`` for what is no guard rail: a slip of the pen sets nothing aside. Its
        message says what is wrong with the text, its hint what to write.
        """
        rule, separator, name = text.partition(":")
        if rule not in RULES:
            from difflib import get_close_matches

            near = get_close_matches(rule, RULES, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(RULES))}"
            raise UsageError(f"{text}: there is no such guard rail", hint=hint)
        if separator and rule in OVER_ALL_TRADES:
            raise UsageError(
                f"{text}: {rule} is about all trades together", hint=f"leave out the name: {rule}"
            )
        if separator and not name:
            raise UsageError(f"{text}: it names no trade", hint=f"write {rule}, or {rule}:NAME")
        return cls(rule, name or None)

    def __str__(self) -> str:
        """As it is written on a command line."""
        return self.rule if self.name is None else f"{self.rule}:{self.name}"


def overrides_of(texts: Sequence[str], reason: str) -> frozenset[Override]:
    """The guard rails to set aside. Raises ``UsageError`` without a reason."""
    if texts and not reason.strip():
        raise UsageError("--override needs --reason TEXT", hint="it is journaled")
    try:
        return frozenset(map(Override.read, texts))
    except UsageError as error:
        raise UsageError(f"--override {error}", hint=error.hint) from None


class Permission(Struct, frozen=True):
    """What may be done, as data: the changeset that was ``confirmed``, and what goes with it.

    None for a request by hand: the one trade that it names is what is meant.

    ``saved`` is the changeset file that it came from, which is used once; ``expected`` the id of a
    reviewed set of actions. ``unseen``: nobody looks at it, as under a bare ``--yes``; then
    ``widen`` names the trades whose risk may be widened. ``overrides`` are journaled with their
    ``reason``.
    """

    confirmed: Changeset | None
    choices: Choices = field(default_factory=Choices)
    command: str = "apply"
    saved: "SavedChangeset | None" = None
    expected: str | None = None
    overrides: frozenset[Override] = frozenset()
    widen: frozenset[str] = frozenset()
    unseen: bool = False
    reason: str = ""

    def covers(self, rail: BrokenRail) -> bool:
        """Whether an override sets this rail aside.

        One without a name covers a rail of a single trade only where no other trade broke that rule
        when this was confirmed: an override never reaches a trade that nobody had in mind. Those
        whose risk may be widened are named in ``widen`` already.
        """
        if Override(rail.rule, rail.name) in self.overrides:
            return True
        if Override(rail.rule) not in self.overrides:
            return False
        if rail.rule == "widen_risk" and rail.name in self.widen:
            return True
        if self.confirmed is None:
            return True
        return {r.name for r in self.confirmed.broken_rails if r.rule == rail.rule} == {rail.name}

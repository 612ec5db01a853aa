"""What the account lists, and a create that is refused: nothing of it may be there afterwards."""

from collections.abc import Iterator

from smartplan.api.conformance import Tested, held, noted
from smartplan.changes.execute.executor import proves_nothing_executed
from smartplan.changes.execute.steps import Endpoint
from smartplan.errors import AnswerLost, RateLimited, Rejected
from smartplan.trade.marker import MAX_NOTE
from smartplan.workflow.conformance.lab import Lab, says_something


def refused_create(lab: Lab) -> Iterator[Tested]:
    """A note that is one character too long. The lists tell later whether it was executed."""
    yield from _funds(lab)
    size = f"a note of {MAX_NOTE + 1} characters"
    try:
        _, live = lab.create(lab.entry(), lab.token, length=MAX_NOTE + 1)
    except Rejected as refused:
        if not says_something(refused):
            raise
        yield noted(f"{size} is refused: {refused}")
        if proves_nothing_executed(refused):
            lab.refused = f"{size} was refused ({refused.status})"
        else:
            yield held(
                "A07", None, f"{size} is refused with {refused.status}, which proves nothing"
            )
    else:
        yield noted(f"{size} is taken")
        lab.settle()
        lab.send(Endpoint.CANCEL, live.id)


def _funds(lab: Lab) -> Iterator[Tested]:
    """What is listed of the currency that is paid with; a create that is taken is held against it.

    An account of futures may be paid from another currency than the pair names.
    """
    currency = lab.pair.partition("_")[0]
    try:
        listed = lab.client.balances(lab.account.id)
    except (Rejected, AnswerLost) as error:
        if isinstance(error, RateLimited):
            raise
        yield held("A28", None, f"the balances are not told: {error}")
        return
    if currency not in listed:
        yield held("A28", None, f"the account lists no {currency}")
        return
    lab.free = listed[currency]

"""The guard rails of ``[policy]`` as a ``Policy``: percentages of the equity become money."""

from collections.abc import Mapping
from typing import Any

from smartplan.settings.keys import Environment, Strictness
from smartplan.settings.reading import Rail, Share
from smartplan.trade.policy import Limit, Money, Policy
from smartplan.trade.rounding import exact


@exact
def read_policy(
    rails: Mapping[str, Rail], *, equity: Money, environment: Environment = "sandbox"
) -> Policy:
    """The policy of a workspace; ``equity`` is ``[risk] equity``.

    Only ``fires_at_once`` is on by itself: it stops an apply on ``real``; elsewhere a
    person is asked, and a bare ``--yes`` does not do.
    """
    by_itself = Rail(Strictness.SOFT if environment == "real" else Strictness.ASK)
    given = {"fires_at_once": by_itself, **rails}
    return Policy(**{rule: _set(rail, equity) for rule, rail in given.items()})


def _set(rail: Rail, equity: Money) -> Any:
    """A level or a limit, as the field of ``Policy`` wants it."""
    limit = rail.limit
    if limit is None or rail.level is None:
        return rail.level
    if isinstance(limit, Share):
        limit = {quote: amount * limit.percent / 100 for quote, amount in equity.items()}
    return Limit(limit, rail.level)

"""What a rule may know beyond the trade it judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The workspace and the moment of a lint.

    ``accounts`` are the aliases of the environment; ``fee`` is a fraction; the limits of the
    configurable rules are in percent (``far_stop``) and as a ratio (``least_reward_risk``).
    """

    now: datetime
    workspace: str = "default"
    accounts: Mapping[str, int] = field(default_factory=dict)
    fee: Decimal = Decimal("0.001")
    far_stop: Decimal = Decimal(25)
    least_reward_risk: Decimal = Decimal(1)

"""Every key of ``smartplan.toml``: its name, what it takes, what it is for.

This one table is what the settings are read by, what ``schemas/settings.schema.json`` and the table
in the documentation are written from.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeAlias

from msgspec import Struct

Environment = Literal["sandbox", "paper", "real"]
ENVIRONMENTS: tuple[Environment, ...] = ("sandbox", "paper", "real")
FeeModel = Literal["base", "quote"]
FEE_MODELS: tuple[FeeModel, ...] = ("base", "quote")

DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
"""How a date is written as text."""
PERCENT = r"^[0-9]{1,6}(\.[0-9]{1,6})? ?%$"
"""A share of the equity."""


class Strictness(StrEnum):
    """What a breach does: warn, ask a person, stop until overridden with a reason, or stop.

    What is asked about stops where nobody looks: under a bare ``--yes``.
    """

    WARN = "warn"
    ASK = "ask"
    SOFT = "soft"
    HARD = "hard"

    @property
    def stops(self) -> bool:
        """Whether a breach stops an apply, whoever looks at it."""
        return self in {Strictness.SOFT, Strictness.HARD}


class Form(Struct, frozen=True):
    """A ``pattern`` of the whole text; ``wrong`` and ``hint`` say what it has to be."""

    pattern: str
    wrong: str
    hint: str | None = None


class Text(Struct, frozen=True):
    """Text that fits every form, of which the last is the strictest."""

    forms: "tuple[Form, ...]"


class Choice(Struct, frozen=True):
    """One of these words."""

    words: tuple[str, ...]


class Day(Struct, frozen=True):
    """A date."""


class Flag(Struct, frozen=True):
    """True or false."""


class Number(Struct, frozen=True):
    """A finite number, not below 0; ``below`` is the first that is too much.

    ``positive``: and not 0 either.
    """

    below: Decimal | None = None
    wrong: str = ""
    positive: bool = False


class Whole(Struct, frozen=True):
    """A whole number from ``least`` to ``most``."""

    least: int = 0
    most: int = 10**18
    wrong: str = "must be a whole number, not below 0"


class Texts(Struct, frozen=True):
    """A list of texts; each of them fits ``each``."""

    wrong: str = "must be a list of texts"
    hint: str | None = None
    each: Form | None = None


class Codes(Struct, frozen=True):
    """A list of rule codes, or families of them."""


class Money(Struct, frozen=True):
    """An amount per quote currency, or a percentage of the equity."""


class Switch(Struct, frozen=True):
    """A guard rail without a limit: true (the level ``on``), false or a level."""

    on: Strictness = Strictness.SOFT


class Limited(Struct, frozen=True):
    """A guard rail with a limit: the limit, or ``{limit = LIMIT, level = LEVEL}``."""

    limit: Number | Whole | Texts | Money


class Each(Struct, frozen=True):
    """A table of names of the user's own: aliases, quote currencies; or of rule codes.

    ``listed``: or a list of the names alone, about which nothing more is said.
    """

    kind: "Choice | Number | Whole | Section"
    codes: bool = False
    listed: bool = False


class FeeRate(Struct, frozen=True):
    """A fee as a fraction of what is traded: one, or ``{maker, taker}``."""


class PerAccount(Struct, frozen=True):
    """One for all accounts, or a table of them per account alias.

    ``pairs``: or per pair, or ``alias/PAIR``.
    """

    kind: "Number | FeeRate"
    pairs: bool = False


class Section(Struct, frozen=True):
    """A table of known keys."""

    keys: "tuple[Key, ...]"
    stranger: str = "is not a setting"


Kind: TypeAlias = (
    Text
    | Choice
    | Day
    | Flag
    | Number
    | Whole
    | Texts
    | Codes
    | Money
    | Switch
    | Limited
    | Each
    | FeeRate
    | PerAccount
    | Section
)


class Key(Struct, frozen=True):
    """A key, what it takes, and what that means."""

    name: str
    kind: Kind
    about: str


FEE = Number(Decimal(1), "is a fraction: 0.001 means 0.1 %")
_SHARE = Number(Decimal(100), "is in percent, below 100")
_ACCOUNTS = Section((
    Key(
        "accounts",
        Each(Whole(1, wrong="must be an account id, a whole number above 0")),
        "Account ids by the alias that plans use.",
    ),
))  # fmt: skip
_NAME = r"([^/.][^/]*|\.[^/.][^/]*|\.\.[^/]+|\.)"
"""A part of a path that leads down."""
_NO_PAIR = r" \t\r\n/^$|(),;"
"""What no pair has in it, and no pattern."""
_PAIRS = Texts(
    "must be a list of pairs",
    'for example ["USDT_BTC", "USDT_*"]',
    Form(
        rf"^([^_*?\[{_NO_PAIR}]+_|[^_*?\[{_NO_PAIR}]*[*?\[])[^{_NO_PAIR}]*$",
        "matches no pair",
        "a pair is QUOTE_BASE like USDT_BTC; `*` stands for any letters: USDT_*, *_DOGE",
    ),
)

SETTINGS = Section((
    Key(
        "workspace",
        Text((
            Form(
                "^[a-z0-9][a-z0-9-]{0,19}$",
                "must fit [a-z0-9][a-z0-9-]{0,19}: it is in every marker",
            ),
        )),
        "Part of every marker: two workspaces on one account never touch each other's trades.",
    ),
    Key("environment", Choice(ENVIRONMENTS), "The environment unless --env names another."),
    Key("since", Day(), "Look for ended trades from this day on; written by init."),
    Key("environments", Section((
        Key("sandbox", _ACCOUNTS,
            "The embedded exchange; accounts 1 (main) and 2 (futures) unless given."),
        Key("paper", _ACCOUNTS, "Paper trading accounts of the service."),
        Key("real", _ACCOUNTS, "Accounts with real money."),
    )), "The accounts of each environment; no account belongs to two of them."),
    Key("risk", Section((
        Key("fee", PerAccount(FeeRate()),
            "Fee of each order as a fraction: 0.001 is 0.1 %. With `{maker = 0.0002, taker ="
            " 0.0005}` limit orders pay the maker's, market orders and stops the taker's. One for"
            " all accounts, or per alias; 0.001 unless given."),
        Key("fee_model", Each(Choice(FEE_MODELS)),
            "Per account alias, what the fee is taken from: base (spot) or quote (linear"
            " futures)."),
        Key("slippage", PerAccount(_SHARE),
            "How much worse than its price a market order fills, in percent: market entries,"
            " market exits, market stops. One for all accounts, or per alias; 0 unless given."),
        Key("funding", PerAccount(_SHARE),
            "What a long of a perpetual pays each 8 hours, and a short is paid, in percent of the"
            " notional. One for all accounts, or per alias; not counted unless given."),
        Key("maintenance", PerAccount(FEE, pairs=True),
            "Maintenance margin rate as a fraction of the notional, for liquidation prices: one"
            " for all, or per account alias, pair, or `alias/PAIR`. Unless given: as the position"
            " or the exchange says, else assumed and said so."),
        Key("contracts", Each(Section((
            Key("size", Number(positive=True), "What a contract stands for."),
            Key("inverse", Flag(), "Whether P/L is in the coin."),
        )), listed=True),
            "What is traded in contracts, per account alias, pair, or `alias/PAIR`: `futures ="
            " {size = 0.0001}` (base units), `coinm = {size = 100, inverse = true}` (face value)."
            " Of a size that nothing says, money is unknown, and guard rails over money stop."),
        Key("equity", Each(Number()), "Equity per quote currency, for limits in percent of it."),
    )), "What risk figures are counted with."),
    Key("lint", Section((
        Key("select", Codes(), "Only these; everything unless given."),
        Key("ignore", Codes(), "Not these."),
        Key("severity", Each(Choice(("error", "warning", "info")), codes=True),
            "How severe the findings of a code are."),
        Key("far_stop", Number(),
            "SP409 remarks on a stop farther away than this, in percent; 25 unless given."),
        Key("least_reward_risk", Number(),
            "SP601 remarks on a reward:risk below this; 1 unless given."),
    )), "Which rules apply, by code or family such as SP4."),
    Key("policy", Section((
        Key("require_stop_loss", Switch(), "Every trade has a stop loss."),
        Key("market_entry_needs_expect", Switch(),
            "Every market entry says near which price."),
        Key("fires_at_once", Switch(),
            "Nothing is created whose stop or target is already crossed."),
        Key("widen_risk", Switch(), "No stop is moved away, no units or leverage raised."),
        Key("freeze", Switch(Strictness.HARD), "Nothing is applied at all."),
        Key("max_leverage", Limited(Number()), "The highest leverage of a trade."),
        Key("min_reward_risk", Limited(Number()),
            "The least reward:risk of a trade, after fees."),
        Key("max_price_deviation", Limited(Number()),
            "How far a price may be from the market, in percent."),
        Key("max_notional", Limited(Money()), "The most units times price of a trade."),
        Key("max_notional_per_quote", Limited(Money()),
            "The most units times price of all trades together."),
        Key("max_loss_at_stop", Limited(Money()), "The most a trade may lose at its stop."),
        Key("max_open_risk", Limited(Money()),
            "The most all trades together may lose at their stops."),
        Key("allowed_pairs", Limited(_PAIRS), "Only these pairs, or patterns such as USDT_*."),
        Key("denied_pairs", Limited(_PAIRS), "Not these pairs, or patterns such as *_DOGE."),
        Key("max_open_trades", Limited(Whole()), "The most open trades."),
        Key("max_creates", Limited(Whole()), "The most trades one apply may create."),
        Key("max_updates", Limited(Whole()), "The most trades one apply may update."),
        Key("max_cancels", Limited(Whole()), "The most trades one apply may cancel."),
    ), "is no guard rail"),
        "Guard rails, judged at lint where that is possible, at diff and again at apply."),
    Key("state", Section((
        Key(
            "url",
            Text((
                Form(
                    "^sqlite:///.*$",
                    "must be sqlite:///PATH: this file is in Git",
                    "name a server by SMARTPLAN_STATE_URL in the environment, which comes before"
                    " the file",
                ),
                Form(
                    f"^sqlite:///{_NAME}(/+{_NAME})*/*$",
                    "names a file outside of the workspace",
                    "use SMARTPLAN_STATE_URL for a file elsewhere",
                ),
            )),
            "sqlite:///PATH in the workspace. A server is named by SMARTPLAN_STATE_URL in the"
            " environment alone.",
        ),
        Key("ephemeral", Flag(),
            "Allow apply on real with a store that does not outlive the run."),
        Key("settle_window", Number(),
            "How long, in seconds, a create without an answer is looked for; 120 unless given."),
    )), "Where the journal, the claims and the lock are kept."),
))  # fmt: skip

"""What the code takes for true of the service, and what it costs should it be false.

Nothing here can be asked of the service from where the code is written. Each place that rests on
an assumption names its id in a comment, and a test holds both together.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Certainty(StrEnum):
    """How well an assumption is founded, the best first."""

    DOCUMENTED = "documented"
    RECORDED = "recorded"
    """Seen in recorded answers of the service."""
    CLIENT = "client"
    """Seen in programs of others that work."""
    INFERRED = "inferred"


class Assumption(Struct, frozen=True, kw_only=True):
    """One sentence about the service.

    ``used`` are the modules that name its id; ``if_false`` says what happens to money then, and
    ``noticed`` how anybody would find out. ``untried`` says why ``doctor --conformance`` cannot try
    it; empty where it does.
    """

    id: str
    sentence: str
    certainty: Certainty
    source: str
    used: tuple[str, ...]
    if_false: str
    noticed: str
    untried: str = ""


_MARKET_MOVES = "it takes a market that moves to a price and back, while a check lasts two minutes"

_ENTRIES = (
    Assumption(
        id="A01",
        sentence="A note comes back letter for letter, in note_raw or else in note.",
        certainty=Certainty.INFERRED,
        source="recorded entities have both keys; none has a note like ours",
        used=("changes.execute.executor", "trade.marker"),
        if_false="A trade that was opened cannot be recognised: a later run would open it again.",
        noticed="The first create without our marker in its answer ends the creates of the run"
        " and of later ones.",
    ),
    Assumption(
        id="A02",
        sentence="White space inside a note stays as it was sent.",
        certainty=Certainty.INFERRED,
        source="nothing says otherwise",
        used=("changes.reconcile.update",),
        if_false="No money: the same note would be sent at every apply.",
        noticed="A diff that never comes to nothing; the note is compared as it was echoed.",
    ),
    Assumption(
        id="A03",
        sentence="A new trade is in the lists 10 s after its create.",
        certainty=Certainty.RECORDED,
        source="5 s were seen",
        used=("changes.execute.windows",),
        if_false="A create whose answer was an error counts as failed though the trade is open,"
        " and the next apply opens a second one.",
        noticed="Two open trades with one marker are blocked as a duplicate.",
    ),
    Assumption(
        id="A04",
        sentence="A trade leaves the status created within 8 s.",
        certainty=Certainty.RECORDED,
        source="0.4 to 3 s in recorded answers",
        used=("changes.execute.executor",),
        if_false="An edit is refused by the service or by us; nothing is sent twice.",
        noticed="The refusal is told, and the next apply tries again.",
    ),
    Assumption(
        id="A05",
        sentence="A page that is empty, or has nothing new, is past the last row.",
        certainty=Certainty.CLIENT,
        source="working clients page until one is empty",
        used=("changes.reconcile.snapshot",),
        if_false="An open trade is not seen, and its plan opens it a second time.",
        noticed="A page 2 that repeats a full page 1 ends the run.",
    ),
    Assumption(
        id="A06",
        sentence="order_by=created_at and order_direction=asc give the oldest trade first.",
        certainty=Certainty.DOCUMENTED,
        source="the parameters of the list of smart trades",
        used=("api.client",),
        if_false="Rows move between pages while they are read, and a trade can be missed.",
        noticed="Lists of several pages are read until two readings agree, or the run ends.",
    ),
    Assumption(
        id="A07",
        sentence="A request refused with 401, or with 400 and attributes, executed nothing.",
        certainty=Certainty.INFERRED,
        source="signature and shape are checked before anything is done",
        used=("api.http", "changes.execute.executor"),
        if_false="A create that was executed counts as failed and is opened a second time.",
        noticed="Two open trades with one marker are blocked as a duplicate.",
    ),
    Assumption(
        id="A08",
        sentence="A JSON body is signed as path, ? and body.",
        certainty=Certainty.DOCUMENTED,
        source="the official vectors; half of the working clients leave the ? out",
        used=("api.signing",),
        if_false="No money: such a request is refused, and sent once more with the other form.",
        noticed="It is adapted to by itself.",
    ),
    Assumption(
        id="A09",
        sentence="A group left out of a PATCH stays as it is.",
        certainty=Certainty.INFERRED,
        source="groups that do not change may be left out, by the documentation's examples",
        used=("changes.diff.patch",),
        if_false="Moving a stop takes the targets away, or a new target takes the stop away: the"
        " position is unprotected.",
        noticed="The next diff shows the group as changed on the exchange.",
    ),
    Assumption(
        id="A10",
        sentence="Leverage left out of a PATCH stays as it is.",
        certainty=Certainty.INFERRED,
        source="as for every other group",
        used=("changes.diff.patch",),
        if_false="A position goes on with another leverage, and is liquidated elsewhere.",
        noticed="The next diff shows the leverage as changed on the exchange.",
    ),
    Assumption(
        id="A11",
        sentence="Echoing the average price of a filled entry in a PATCH changes nothing.",
        certainty=Certainty.INFERRED,
        source="position[units][value]: is missing was reported, so the position is echoed; the"
        " price shown after the fill includes the commission",
        used=("changes.diff.patch",),
        if_false="Each edit of a stop or target shifts the entry price that profit, breakeven and"
        " percents are taken from.",
        noticed="Nothing of ours compares it: the average is the service's to say.",
    ),
    Assumption(
        id="A12",
        sentence="The volume of a target in a PATCH is percent of the original position.",
        certainty=Certainty.INFERRED,
        source="a list of steps is sent as in a create",
        used=("changes.diff.patch",),
        if_false="After a target was filled an edit sells less, or more, than the plan says.",
        noticed="Units of the targets that do not add up to what is left.",
    ),
    Assumption(
        id="A13",
        sentence="A cancelled trade with nothing entered can never fill.",
        certainty=Certainty.INFERRED,
        source="cancelling is asynchronous, its end is the status cancelled",
        used=("changes.execute.executor",),
        if_false="A round that was given up fills beside the new one: twice the position, the"
        " first without a stop.",
        noticed="It is over for every later run: only the exchange shows it.",
    ),
    Assumption(
        id="A14",
        sentence="The percent of a trailing target is of the peak, that of a trailing entry of the"
        " best price since its trigger.",
        certainty=Certainty.INFERRED,
        source="the vendor's example reads as points of the entry",
        used=("sandbox.entry", "sandbox.take_profit", "trade.exits"),
        if_false="A simulation ends a trailing target at another price than the service, and a"
        " trailing entry fills worse than its risk was counted at.",
        noticed="Not at all, but by comparing a finished trade with a simulation of it.",
        untried=_MARKET_MOVES,
    ),
    Assumption(
        id="A15",
        sentence="A trailing stop loss needs no percent.",
        certainty=Certainty.RECORDED,
        source="null in every recorded stop; taken out of the documentation in 2021-07",
        used=("trade.bodies",),
        if_false="A create or an edit is refused: nothing is opened, or a stop stays where it was.",
        noticed="The service says so.",
    ),
    Assumption(
        id="A16",
        sentence="price.editable, with data.editable, alone decides whether an entry's price can"
        " be changed.",
        certainty=Certainty.RECORDED,
        source="9 of 10 waiting trades, with position.editable and units.editable false",
        used=("trade.wire",),
        if_false="An edit of a waiting entry is blocked, or refused by the service.",
        noticed="The refusal is told.",
    ),
    Assumption(
        id="A17",
        sentence="An account is paper trading when its type or market_code says paper_trading.",
        certainty=Certainty.RECORDED,
        source="the recorded paper account; the header Forced-Mode was ignored once",
        used=("api.entities",),
        if_false="A plan meant for paper opens a real trade.",
        noticed="doctor says of each account what it is.",
    ),
    Assumption(
        id="A18",
        sentence="take_profit.steps replaces the list; a step that goes on is known by its id, and"
        " one that is over is left out.",
        certainty=Certainty.INFERRED,
        source="read-only keys beside the id are tolerated",
        used=("changes.diff.patch",),
        if_false="A target is there twice, or sold again.",
        noticed="The next diff counts the targets.",
    ),
    Assumption(
        id="A19",
        sentence="Nothing is open any more in the statuses finished, panic_sold,"
        " stop_loss_finished, cancelled and failed; in any other it may be.",
        certainty=Certainty.DOCUMENTED,
        source="the statuses of a smart trade; unknown ones count as open",
        used=("trade.model",),
        if_false="A position counts as over, and its plan as finished.",
        noticed="status shows a position that is left behind.",
    ),
    Assumption(
        id="A20",
        sentence="Cancelling ends in the status cancelled within 8 s, and a filled position stays"
        " without its exits.",
        certainty=Certainty.DOCUMENTED,
        source="DELETE is asynchronous",
        used=("changes.execute.executor",),
        if_false="A new round is not opened; nothing is sent twice.",
        noticed="It is told as not given up.",
    ),
    Assumption(
        id="A21",
        sentence="add_funds is taken while the entry waits.",
        certainty=Certainty.RECORDED,
        source="9 of 10 waiting trades have add_funds_available: true, and the documentation",
        used=("changes.manual.proposals",),
        if_false="The request is refused: nothing is bought.",
        noticed="The service says so.",
    ),
    Assumption(
        id="A22",
        sentence="A note has at most 300 characters.",
        certainty=Certainty.DOCUMENTED,
        source="too long. Max is 300 symbols",
        used=("trade.marker",),
        if_false="A note is cut and its marker lost: as for A01.",
        noticed="As for A01.",
    ),
    Assumption(
        id="A23",
        sentence="from takes a date as 2026-11-30, and filters by the date of creation.",
        certainty=Certainty.CLIENT,
        source="today's documentation has ISO with milliseconds; working clients send a date",
        used=("changes.reconcile.snapshot",),
        if_false="Finished trades are not found, and count as missing.",
        noticed="The plan is blocked where the journal knows the trade.",
    ),
    Assumption(
        id="A24",
        sentence="Without parameters path and path? are both taken as what is signed.",
        certainty=Certainty.CLIENT,
        source="three clients sign path?",
        used=("api.signing",),
        if_false="Nothing: we sign what the documentation says.",
        noticed="Every request would be refused.",
    ),
    Assumption(
        id="A25",
        sentence="A key may send 100 requests a minute, and lists 40 in 10 s.",
        certainty=Certainty.DOCUMENTED,
        source="the limits, which name /ver1 alone for lists",
        used=("state.budget",),
        if_false="A run is refused for five minutes in the middle.",
        noticed="429, told with its end; nothing is sent twice.",
        untried="it would take more than 100 requests, and the key would be refused for five"
        " minutes",
    ),
    Assumption(
        id="A26",
        sentence="Units are of the base currency, where nobody says that they are contracts.",
        certainty=Certainty.RECORDED,
        source="contracts on Gate.io and on coin-margined futures",
        used=("trade.profit",),
        if_false="A position is larger or smaller than its plan thinks by the size of a contract.",
        noticed="The total that the entity names is another than units times price.",
    ),
    Assumption(
        id="A27",
        sentence="A PATCH leaves the note as it is.",
        certainty=Certainty.RECORDED,
        source="note is no parameter of it, and edited trades have theirs",
        used=("changes.diff.patch",),
        if_false="Our marker goes with an edit: a later run takes the trade for somebody else's.",
        noticed="The journal knows the trade, and says that its note has lost our marker.",
    ),
    Assumption(
        id="A28",
        sentence="account_table_data lists in position_available what a smart trade can use.",
        certainty=Certainty.INFERRED,
        source="the key is in the accounts documentation, which does not say what it counts",
        used=("api.entities", "workflow.session"),
        if_false="No money: a create is refused without a warning, or a warning is in vain.",
        noticed="The refusal of the service.",
    ),
    Assumption(
        id="A29",
        sentence="Pairs and market codes tell which markets trade in contracts, and which of those"
        " are coin-margined.",
        certainty=Certainty.INFERRED,
        source="pairs of Gate.io and of coin-margined futures are recorded; …-SWAP (OKX), …USDTM"
        " (KuCoin), XBT_… (BitMEX) and all market codes are general knowledge of these exchanges",
        used=("trade.contract",),
        if_false="Money is told of base units where a unit is a contract, wrong by the size of one;"
        " or it is ? where it could be told.",
        noticed="The total that the entity names is another than units times price;"
        " [risk.contracts] overrules what a name says.",
        untried="a paper account trades on none of these markets",
    ),
    Assumption(
        id="A30",
        sentence="The trigger that a trailing stop loss shows is where it has moved to.",
        certainty=Certainty.INFERRED,
        source="nothing says whether it is that, or the trigger that was set",
        used=("changes.diff.patch", "trade.position"),
        if_false="status and risk show the stop where it was first, farther away than it is; an"
        " edit of something else sends that price, and a stop that had moved is set back.",
        noticed="A stop that fires before its price is reached.",
        untried=_MARKET_MOVES,
    ),
)

ASSUMPTIONS: Mapping[str, Assumption] = {entry.id: entry for entry in _ENTRIES}
"""Every assumption by its id. Ids are never given twice."""

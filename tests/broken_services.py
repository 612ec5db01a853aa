"""Services that break one assumption each: the embedded exchange, with one habit changed."""

import copy
import hashlib
import hmac
import html
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from smartplan.api.client import SmartTradeClient
from smartplan.api.http import build_client
from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.gate import respond
from smartplan.sandbox.rejection import Rejection, invalid, not_allowed
from smartplan.settings import Credentials, Secret
from tests.workspace import Workspace

OVER = {"finished", "panic_sold", "cancelled", "failed"}
ANSWERING = (
    "create",
    "get",
    "update",
    "cancel",
    "close_by_market",
    "set_note",
    "add_funds",
    "cancel_child",
)


class Reshaped(Exchange):
    """Every entity as ``shape`` makes it, whatever call it answers."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return _reshaped(found, self.shape) if name in ANSWERING else found

    def shape(self, entity: dict[str, Any]) -> None:
        """Change it in place."""

    def list_trades(self, *how: Any, **more: Any) -> list[dict[str, Any]]:
        listed = copy.deepcopy(super().list_trades(*how, **more))
        for entity in listed:
            self.shape(entity)
        return listed


def _reshaped(call: Callable[..., Any], shape: Callable[[Any], None]) -> Callable[..., Any]:
    def answered(*how: Any, **more: Any) -> Any:
        entity = copy.deepcopy(call(*how, **more))
        shape(entity)
        return entity

    return answered


class NotesEscaped(Reshaped):
    """A01: notes are made fit for a page."""

    def shape(self, entity: dict[str, Any]) -> None:
        for key in ("note", "note_raw"):
            entity[key] = html.escape(entity[key] or "")


class NotesCut(Reshaped):
    """A01, too: what is long is cut, and the marker with it."""

    def shape(self, entity: dict[str, Any]) -> None:
        for key in ("note", "note_raw"):
            entity[key] = (entity[key] or "")[:30]


class SpacesCollapsed(Reshaped):
    """A02."""

    def shape(self, entity: dict[str, Any]) -> None:
        for key in ("note", "note_raw"):
            entity[key] = " ".join((entity[key] or "").split())


class ListsLag(Exchange):
    """A03: a list shows what is a minute old."""

    def list_trades(self, parameters: Any, lag: float = 0, cap: int | None = None) -> Any:
        return super().list_trades(parameters, max(lag, 40.0), cap)


class SettlesLate(Exchange):
    """A04: a trade stays created for half a minute."""

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more, settle_delay=30)


class PagesRepeat(Exchange):
    """A05: behind the last page comes the first one again."""

    def list_trades(self, parameters: Any, lag: float = 0, cap: int | None = None) -> Any:
        listed = super().list_trades(parameters, lag, cap)
        if listed or int(parameters.get("page", 1)) == 1:
            return listed
        plain = {"status": "all", "account_id": parameters.get("account_id", "1")}
        return super().list_trades(plain, lag, cap)


class OrderIgnored(Exchange):
    """A06: the youngest first, whatever was asked."""

    def list_trades(self, parameters: Any, lag: float = 0, cap: int | None = None) -> Any:
        return super().list_trades({**parameters, "order_direction": "desc"}, lag, cap)


class GroupsDropped(Exchange):
    """A09: a group left out of a PATCH is switched off."""

    def update(self, trade_id: int, body: Any) -> Any:
        off = {"take_profit": {"enabled": False}, "stop_loss": {"enabled": False}}
        return super().update(trade_id, {**off, **body})


class LeverageReset(Exchange):
    """A10: leverage left out of a PATCH is 1."""

    def update(self, trade_id: int, body: Any) -> Any:
        one = {"enabled": True, "type": "isolated", "value": "1"}
        geared = self.get(trade_id)["leverage"].get("enabled")
        return super().update(trade_id, {**({"leverage": one} if geared else {}), **body})


class Remembering(Reshaped):
    """Knows which trades were edited after something of them was filled."""

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.edited: set[int] = set()

    def update(self, trade_id: int, body: Any) -> Any:
        before = Exchange.get(self, trade_id)
        answer = Exchange.update(self, trade_id, body)
        if before["status"]["type"] == "waiting_targets":
            self.edited.add(trade_id)
        return answer


class AverageShifts(Remembering):
    """A11: the echoed price becomes the entry, with the commission on top."""

    def shape(self, entity: dict[str, Any]) -> None:
        if entity["id"] in self.edited:
            entity["data"]["average_enter_price"] = "70000.0"
            entity["position"]["price"]["value"] = "70000.0"


class VolumeOfTheRest(Remembering):
    """A12: the volume of a PATCH is percent of what is left."""

    def shape(self, entity: dict[str, Any]) -> None:
        if entity["id"] not in self.edited:
            return
        for step in entity["take_profit"].get("steps", ()):
            if step["status"]["type"] not in OVER and step["units"]["value"] is not None:
                step["units"]["value"] = str(float(step["units"]["value"]) / 2)


class RefusedAndDone(Exchange):
    """A07: what is refused for its note was created all the same, with what fits of it."""

    def create(self, body: Any) -> Any:
        try:
            return super().create(body)
        except Rejection as refusal:
            if "note" in refusal.body.get("error_attributes", ()):
                super().create({**body, "note": body["note"][:300]})
            raise


class CancelledFills(Reshaped):
    """A13: half a minute after its end a cancelled entry fills."""

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.cancelled: dict[int, datetime] = {}

    def cancel(self, trade_id: int) -> Any:
        self.cancelled[trade_id] = self.now()
        return Exchange.cancel(self, trade_id)

    def shape(self, entity: dict[str, Any]) -> None:
        since = self.cancelled.get(entity["id"], self.now())
        if self.now() - since > timedelta(seconds=30):
            entity["data"]["entered_amount"] = entity["position"]["units"]["value"]


class PercentRequired(Exchange):
    """A15: a trailing stop needs its percent."""

    def create(self, body: Any) -> Any:
        _refuse_bare_trailing(body)
        return super().create(body)

    def update(self, trade_id: int, body: Any) -> Any:
        _refuse_bare_trailing(body)
        return super().update(trade_id, body)


def _refuse_bare_trailing(body: Any) -> None:
    trailing = body.get("stop_loss", {}).get("conditional", {}).get("trailing", {})
    if trailing.get("enabled") and trailing.get("percent") is None:
        raise invalid({"stop_loss[conditional][trailing][percent]": ["is missing"]})


class PriceFixed(Exchange):
    """A16: the price of a waiting entry cannot be changed, whatever its flags say."""

    def update(self, trade_id: int, body: Any) -> Any:
        price = body.get("position", {}).get("price", {}).get("value")
        shown = self.get(trade_id)["position"]["price"]["value"]
        if price is not None and float(str(price)) != float(shown):
            raise invalid({"position[price][value]": ["can not be changed"]})
        return super().update(trade_id, body)


class NotOnPaper(Reshaped):
    """A17: what is opened on the paper account stands on a real one."""

    def shape(self, entity: dict[str, Any]) -> None:
        entity["account"]["type"] = "binance"


class StepsDoubled(Remembering):
    """A18: a step that is sent with its id is added beside itself."""

    def shape(self, entity: dict[str, Any]) -> None:
        steps = entity["take_profit"].get("steps", [])
        if entity["id"] in self.edited:
            steps += [s | {"id": s["id"] + 1000} for s in steps if s["status"]["type"] not in OVER]


class PanicSoldHalf(Reshaped):
    """A19: a position that is closed at market is half there still."""

    def shape(self, entity: dict[str, Any]) -> None:
        if entity["status"]["type"] == "panic_sold":
            entity["data"]["closed_amount"] = str(float(entity["data"]["entered_amount"]) / 2)


class CancelsLate(Reshaped):
    """A20: cancelling takes 20 s."""

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.cancelled: dict[int, datetime] = {}

    def cancel(self, trade_id: int) -> Any:
        self.cancelled[trade_id] = self.now()
        return Exchange.cancel(self, trade_id)

    def shape(self, entity: dict[str, Any]) -> None:
        since = self.cancelled.get(entity["id"])
        if since is not None and self.now() - since < timedelta(seconds=20):
            entity["status"]["type"] = "cancellation_pending"


class FundsRefusedWhileWaiting(Exchange):
    """A21."""

    def add_funds(self, trade_id: int, body: Any) -> Any:
        if self.get(trade_id)["status"]["type"] == "waiting_position":
            raise not_allowed("Add funds")
        return super().add_funds(trade_id, body)


class LongNotesCut(Reshaped):
    """A22: a note keeps 250 characters."""

    def shape(self, entity: dict[str, Any]) -> None:
        for key in ("note", "note_raw"):
            entity[key] = (entity[key] or "")[:250]


class LongNotesRefused(Exchange):
    """A22, too: a longer one is refused."""

    def create(self, body: Any) -> Any:
        if len(body.get("note", "")) > 250:
            raise invalid({"note": ["too long. Max is 250 symbols"]})
        return super().create(body)


class DatesIgnored(Exchange):
    """A23: a date lists everything."""

    def list_trades(self, parameters: Any, lag: float = 0, cap: int | None = None) -> Any:
        rest = {key: value for key, value in parameters.items() if key != "from"}
        return super().list_trades(rest, lag, cap)


class TotalsOfContracts(Reshaped):
    """A26: a unit is a contract of 0.001, and nothing says so."""

    def shape(self, entity: dict[str, Any]) -> None:
        total, data = entity["position"]["total"], entity["data"]
        for group, key in ((total, "value"), (data, "entered_total"), (data, "closed_total")):
            group[key] = str(float(group[key]) / 1000)


class NotesLostByEdits(Exchange):
    """A27: an edit takes the note away."""

    def update(self, trade_id: int, body: Any) -> Any:
        answer = super().update(trade_id, body)
        self.set_note(trade_id, {"note": "edited"})
        return answer


class NothingFree(Exchange):
    """A28: what is listed as available is something else."""

    def balances(self, account_id: int) -> Any:
        return [row | {"position_available": "0.0"} for row in super().balances(account_id)]


def _signs(text: bytes) -> bool:
    digest = hmac.new(SANDBOX_SECRET.encode(), text, hashlib.sha256).hexdigest()
    return request.headers.get("Signature") == digest


def refuse_official(app: Flask) -> None:
    """A08: a body is to be signed without the ``?``."""

    @app.before_request
    def judge() -> Response | None:
        body = request.get_data()
        if body and _signs(request.path.encode() + b"?" + body):
            return respond(401, {"error": "signature_invalid"})
        return None


def refuse_and_do(app: Flask, exchange: Exchange) -> None:
    """A07, too: funds whose body is signed without the ``?`` are refused, and were added."""

    @app.before_request
    def judge() -> Response | None:
        body = request.get_data()
        if request.path.endswith("/add_funds") and _signs(request.path.encode() + body):
            exchange.add_funds(int(request.path.split("/")[-2]), request.get_json())
            return respond(401, {"error": "signature_invalid"})
        return None


def refuse_bare(app: Flask) -> None:
    """A24: a path is to be signed without a bare ``?``."""

    @app.before_request
    def judge() -> Response | None:
        if not request.query_string and _signs(request.path.encode() + b"?"):
            return respond(401, {"error": "signature_invalid"})
        return None


BROKEN: dict[str, type[Exchange]] = {
    "A01": NotesEscaped,
    "A02": SpacesCollapsed,
    "A03": ListsLag,
    "A04": SettlesLate,
    "A05": PagesRepeat,
    "A06": OrderIgnored,
    "A07": RefusedAndDone,
    "A09": GroupsDropped,
    "A10": LeverageReset,
    "A11": AverageShifts,
    "A12": VolumeOfTheRest,
    "A13": CancelledFills,
    "A15": PercentRequired,
    "A16": PriceFixed,
    "A17": NotOnPaper,
    "A18": StepsDoubled,
    "A19": PanicSoldHalf,
    "A20": CancelsLate,
    "A21": FundsRefusedWhileWaiting,
    "A22": LongNotesCut,
    "A23": DatesIgnored,
    "A26": TotalsOfContracts,
    "A27": NotesLostByEdits,
    "A28": NothingFree,
}
"""The service that breaks each assumption; with A08 and A24 below, all that a check can test."""
LAYERS: dict[str, Callable[[Flask], None]] = {"A08": refuse_official, "A24": refuse_bare}


def broken_workspace(folder: Path, *numbers: str) -> Workspace:
    """A workspace on the service that breaks these assumptions."""
    habits = [BROKEN[number] for number in numbers if number in BROKEN]
    workspace = Workspace(folder, exchange=_together(habits))

    def layers(app: Flask) -> None:
        for number in numbers:
            LAYERS.get(number, lambda _: None)(app)

    return behind(workspace, layers)


def _together(habits: list[type[Exchange]]) -> type[Exchange]:
    """One exchange with all of these habits, each of which shapes what it answers."""
    if len(habits) < 2:
        return habits[0] if habits else Exchange
    shapes = [habit.shape for habit in habits if issubclass(habit, Reshaped)]

    def shape(self: Any, entity: dict[str, Any]) -> None:
        for one in shapes:
            one(self, entity)

    return type("Together", tuple(habits), {"shape": shape})


def behind(workspace: Workspace, layer: Callable[[Flask], None], **options: Any) -> Workspace:
    """The same workspace, its client over a layer before the exchange."""
    app = create_app(workspace.exchange, **options)
    layer(app)
    credentials = Credentials(Secret(SANDBOX_KEY), Secret(SANDBOX_SECRET))
    transport = build_client("http://127.0.0.1/public/api", credentials, app=app)
    workspace.client = SmartTradeClient(transport)
    return workspace

"""Smart trade entities in every shape the service's documentation and recordings show."""

from decimal import Decimal
from random import Random

D = Decimal
PAIRS = [
    "USDT_BTC",
    "USDT_DOGE",
    "BTC_ETH",
    "USDT_BTCUSDT_UMCBL",
    "USD_MATIC-PERP",
    "USDT_BTC_USDT",
]
STEP_OVER = ["finished", "cancelled", "panic_sold"]
STEP_OPEN = ["idle", "to_process", "order_placed", "trailing_activated"]
NOTES = [
    None, "", "weekly support", "no", "0x1F", "12:30", "- a: b", "# hash", "{{ 7 * 7 }}",
    "{% raw %}", "{# gone #}", "it's \"quoted\" \\ back", "yes", "null", "1e5", " padded ",
    "[x] done", "多 → 空", "&anchor *alias !tag", "a, b: c}", "100 %", "@mention", "`tick`",
    "two\nlines", "a\ttab", "\u202ereversed", "\x1b[31mred", "# smartplan: ignore[SP301] no",
]  # fmt: skip
CHARACTERS = "".join(map(chr, range(32, 127))) + "äß€→多🙂\u00a0\u200b\n"


def shown(number: Decimal) -> str:
    """The service's own number text: trimmed, but with one decimal at least."""
    text = format(number.normalize(), "f")
    return text if "." in text else f"{text}.0"


class Maker:
    """Entities by chance; equal seeds give equal ones."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)

    def odds(self, one_in: int) -> bool:
        return self._chance.randrange(one_in) == 0

    def one_of(self, *choices):
        return self._chance.choice(choices)

    def number(self, low: str, high: str, places: int = 8) -> str:
        least, most = (int(D(bound).scaleb(places)) for bound in (low, high))
        return shown(D(self._chance.randint(least, most)).scaleb(-places))

    def price(self) -> str:
        return self.number("0.01", self.one_of("1", "100", "90000"), self.one_of(2, 8))

    def basket(self, size: int) -> list[dict]:
        """``size`` open trades that nobody manages, with ids of their own."""
        return [self.entity(31_000_001 + index) for index in range(size)]

    def entity(self, trade_id: int) -> dict:
        """On account 1 (spot) or 2 (futures)."""
        instant, held = self.odds(8), self.odds(6)
        held = held and not instant
        entered = held or self.odds(2)
        futures = self.odds(2)
        kinds = ("market", "limit") if instant or held else ("market", "limit", "conditional")
        position = self.position(self.one_of(*kinds), entered=entered, held=held)
        trails = bool(position.get("conditional", {}).get("trailing", {}).get("enabled"))
        note = self.note()
        waiting = "waiting_targets" if entered else self.one_of("waiting_position", "created")
        off = {"enabled": False}
        entity = {
            "id": trade_id,
            "version": 2,
            "account": {"id": 2 if futures else 1, "type": "paper_trading", "name": "x"},
            "pair": self.one_of(*PAIRS),
            "instant": instant,
            "status": {"type": waiting, "title": waiting},
            "leverage": self.leverage() if futures and self.odds(2) else off,
            "position": position,
            "take_profit": off if instant else self.targets(trails=trails, entered=entered),
            "stop_loss": off if instant else self.stop(trails=trails, entered=entered),
            "reduce_funds": {"steps": []},
            "market_close": {},
            "note": note or "",
            "note_raw": note,
            "skip_enter_step": held,
            "data": {
                "editable": waiting != "created",
                "current_price": {"bid": "1.0", "ask": "1.0", "last": "1.0"},
                "average_enter_price": position["price"]["value"] if entered else None,
                "entered_amount": position["units"]["value"] if entered else "0.0",
                "entered_total": position["total"]["value"] if entered else "0.0",
                "closed_amount": "0.0",
                "closed_total": "0.0",
                # Recorded: a string before the fill, a JSON number after it.
                "commission": D("0.001") if entered else "0.001",
                "created_at": "2024-08-06T14:42:25.528Z",
            },
        }
        return self.without_some(entity, "version", "note_raw", "leverage")

    def without_some(self, entity: dict, *optional: str) -> dict:
        return {k: v for k, v in entity.items() if k not in optional or not self.odds(10)}

    def note(self) -> str | None:
        if self.odds(3):
            return "".join(self.one_of(*CHARACTERS) for _ in range(self._chance.randrange(120)))
        return self.one_of(*NOTES)

    def position(self, kind: str, *, entered: bool, held: bool) -> dict:
        places = self.one_of(2, 8, 30) if entered else 8
        position = {
            "type": self.one_of("buy", "sell"),
            "editable": False,
            "units": {"value": self.number("0.01", "1000", places), "editable": False},
            "price": {
                "value": self.number("0.01", "90000", places),
                "value_without_commission": self.number("0.01", "90000", places),
                "editable": not entered,
            },
            "total": {"value": self.number("1", "90000")},
            "order_type": kind,
            "status": {"type": "smart_sell" if held else "finished" if entered else "idle"},
        }
        if kind == "conditional":
            limit = self.odds(2)
            trailing = not limit and self.odds(2)
            percent = self.number("0.01", "50", 2) if trailing else None
            position["conditional"] = {
                "editable": not entered,
                "price": {"value": self.price(), "type": self.one_of("bid", "ask", "last", None)},
                "order_type": "limit" if limit else "market",
                "trailing": {"enabled": trailing, "percent": percent},
            }
        return position

    def targets(self, *, trails: bool, entered: bool) -> dict:
        by_percent = trails and not entered
        price_type = "percentage" if by_percent else "value"
        if self.odds(5):
            return self.one_of(
                {"enabled": False, "price_type": "value", "steps": []},
                {"enabled": False},
                # Seen once every step is done or cancelled.
                {"enabled": True, "price_type": "value", "steps": []},
            )
        count = self._chance.randint(1, 8)
        over = self._chance.randint(0, count) if entered else 0
        volumes = self.volumes(count)
        steps = [
            self.step(index, volumes[index], ended=index < over, last=index == count - 1)
            | {"price": self.target(by_percent=by_percent)}
            for index in range(count)
        ]
        return {"enabled": True, "price_type": price_type, "steps": steps}

    def volumes(self, count: int) -> list[Decimal]:
        """Mostly 100 in all; something else once a step was cancelled."""
        if self.odds(4):
            return [D(35)] * count
        share = (D(100) / count).quantize(D("0.01"))
        return [share] * (count - 1) + [100 - share * (count - 1)]

    def target(self, *, by_percent: bool) -> dict:
        both = not by_percent and self.odds(4)
        return {
            "type": self.one_of("bid", "ask", "last"),
            "value": None if by_percent else self.price(),
            "percent": self.number("0.1", "90", 2) if by_percent or both else None,
        }

    def step(self, index: int, volume: Decimal, *, ended: bool, last: bool) -> dict:
        status = self.one_of(*(STEP_OVER if ended else STEP_OPEN))
        trails = last and self.odds(2)
        percent = self.number("0.01", "50", 2)
        # A trailing percent may come back negative, or not at all.
        seen = self.one_of(percent, percent, f"-{percent}", None) if trails else None
        return {
            "id": 1_006_258_048 + index,
            "order_type": "market" if trails else self.one_of("market", "limit"),
            "editable": not ended,
            "units": {"value": None},
            "volume": shown(volume),
            "total": None,
            "trailing": {"enabled": trails, "percent": seen},
            "status": self.one_of({"type": status, "title": status}, status),
            "closed_at": "2024-08-06T14:42:25.528Z" if ended else None,
            "position": index + 1,
        }

    def stop(self, *, trails: bool, entered: bool) -> dict:
        if self.odds(4):
            return {"enabled": False}
        kind, timed = self.one_of("market", "limit"), self.odds(3)
        by_percent = trails and not entered
        stop = {
            "enabled": True,
            "price_type": "percentage" if by_percent else "value",
            "breakeven": self.odds(2),
            "order_type": kind,
            "editable": True,
            "price": {"value": self.price() if kind == "limit" else None, "percent": None},
            "conditional": {
                "price": self.target(by_percent=by_percent),
                # The percent of a stop's trailing is never echoed.
                "trailing": {"enabled": kind == "market" and self.odds(3), "percent": None},
            },
            "timeout": {
                "enabled": timed,
                "value": self._chance.randint(1, 900) if timed else None,
            },
            "status": {"type": "idle"},
        }
        return self.without_some(stop, "breakeven", "price_type", "timeout")

    def leverage(self) -> dict:
        factor = self._chance.randint(1, 125)
        leverage = {
            "enabled": True,
            "type": self.one_of("isolated", "cross", "custom"),
            "type_editable": True,
            "value": self.one_of(f"{factor}.0", factor),
        }
        if leverage["type"] == "cross" and self.odds(2):
            del leverage["value"]
        return leverage

"""Smart trade entities in every shape the service's documentation and recordings show."""

from decimal import Decimal

from hypothesis import strategies as st

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
NOTES = st.one_of(
    st.none(),
    st.just(""),
    st.sampled_from(
        [
            "weekly support", "no", "0x1F", "12:30", "- a: b", "# hash", "{{ 7 * 7 }}", "{% raw %}",
            "{# gone #}", "it's \"quoted\" \\ back", "yes", "null", "1e5", " padded ", "[x] done",
            "多 → 空", "&anchor *alias !tag", "a, b: c}", "100 %", "@mention", "`tick`",
        ]
    ),
    st.text(max_size=120).filter(lambda text: "[smartplan" not in text),
)  # fmt: skip


def shown(number: Decimal) -> str:
    """The service's own number text: trimmed, but with one decimal at least."""
    text = format(number.normalize(), "f")
    return text if "." in text else f"{text}.0"


def amounts(low: str, high: str, places: int = 8):
    return st.decimals(D(low), D(high), places=places).map(shown)


def trailing(draw, *, on: bool, percents) -> dict:
    return {"enabled": on, "percent": draw(percents) if on else None}


@st.composite
def positions(draw, *, entered: bool, held: bool) -> dict:
    kind = draw(st.sampled_from(["market", "limit", "conditional"]))
    if held:
        kind = draw(st.sampled_from(["market", "limit"]))
    places = draw(st.sampled_from([2, 8, 30])) if entered else 8
    position = {
        "type": draw(st.sampled_from(["buy", "sell"])),
        "editable": not entered,
        "units": {"value": draw(amounts("0.001", "1000", places)), "editable": not entered},
        "price": {
            "value": draw(amounts("0.01", "90000", places)),
            "value_without_commission": draw(amounts("0.01", "90000", places)),
            "editable": not entered,
        },
        "total": {"value": draw(amounts("1", "90000"))},
        "order_type": kind,
        "status": {"type": "smart_sell" if held else "finished" if entered else "order_placed"},
    }
    if kind == "conditional":
        limit = draw(st.booleans())
        position["conditional"] = {
            "editable": not entered,
            "price": {
                "value": draw(amounts("0.01", "90000")),
                "type": draw(st.sampled_from(["bid", "ask", "last", None])),
            },
            "order_type": "limit" if limit else "market",
            "trailing": trailing(
                draw,
                on=not limit and draw(st.booleans()),
                percents=amounts("0.01", "50", 2),
            ),
        }
    return position


@st.composite
def targets(draw, *, trails: bool, entered: bool) -> dict:
    if draw(st.integers(0, 4)) == 0:
        return draw(
            st.sampled_from(
                [
                    {"enabled": False, "price_type": "value", "steps": []},
                    {"enabled": False},
                    {"enabled": True, "price_type": "value", "steps": []},
                ]
            )
        )
    count = draw(st.integers(1, 8))
    share = (D(100) / count).quantize(D("0.01"))
    whole = [share] * (count - 1) + [100 - share * (count - 1)]
    volumes = draw(
        st.one_of(
            st.just(whole),
            st.just(whole),
            st.lists(st.decimals(D(1), D(60), places=2), min_size=count, max_size=count),
            st.just([D(35)] * count),
        )
    )
    over = draw(st.integers(0, count)) if entered else 0
    by_percent = trails and not entered
    return {
        "enabled": True,
        "price_type": "percentage" if by_percent else "value",
        "steps": [
            draw(steps(index, count, volumes[index], over, by_percent)) for index in range(count)
        ],
    }


@st.composite
def steps(draw, index: int, count: int, volume: Decimal, over: int, by_percent: bool) -> dict:
    ended = index < over
    status = draw(st.sampled_from(STEP_OVER if ended else STEP_OPEN))
    trails = index == count - 1 and draw(st.booleans())
    percents = st.one_of(
        st.none(),
        amounts("0.01", "50", 2),
        st.decimals(D("0.01"), D(50), places=2).map(lambda percent: shown(-percent)),
    )
    kind = "market" if trails else draw(st.sampled_from(["market", "limit"]))
    value, percent = draw(amounts("0.01", "90000")), draw(amounts("0.1", "90", 2))
    both = draw(st.booleans()) and not by_percent
    return {
        "id": 1_006_258_048 + index,
        "order_type": kind,
        "editable": not ended,
        "units": {"value": None},
        "price": {
            "type": draw(st.sampled_from(["bid", "ask", "last"])),
            "value": None if by_percent else value,
            "percent": percent if by_percent or both else None,
        },
        "volume": shown(volume),
        "total": None,
        "trailing": trailing(draw, on=trails, percents=percents),
        "status": draw(st.sampled_from([{"type": status, "title": status}, status])),
        "closed_at": "2024-08-06T14:42:25.528Z" if ended else None,
        "position": index + 1,
    }


@st.composite
def stops(draw, *, trails: bool, entered: bool) -> dict:
    if draw(st.integers(0, 3)) == 0:
        return {"enabled": False}
    kind = draw(st.sampled_from(["market", "limit"]))
    by_percent = trails and not entered
    timed = draw(st.booleans())
    stop = {
        "enabled": True,
        "price_type": "percentage" if by_percent else "value",
        "breakeven": draw(st.booleans()),
        "order_type": kind,
        "editable": True,
        "price": {
            "value": draw(amounts("0.01", "90000")) if kind == "limit" else None,
            "percent": None,
        },
        "conditional": {
            "price": {
                "value": None if by_percent else draw(amounts("0.01", "90000")),
                "type": draw(st.sampled_from(["bid", "ask", "last"])),
                "percent": draw(amounts("0.1", "60", 2)) if by_percent else None,
            },
            # The percent of a stop's trailing is never echoed.
            "trailing": {"enabled": kind == "market" and draw(st.booleans()), "percent": None},
        },
        "timeout": {"enabled": timed, "value": draw(st.integers(1, 900)) if timed else None},
        "status": {"type": "idle"},
    }
    for optional in ("breakeven", "price_type", "timeout"):
        if draw(st.integers(0, 9)) == 0:
            del stop[optional]
    return stop


@st.composite
def leverages(draw, *, futures: bool) -> dict:
    if not futures or draw(st.booleans()):
        return {"enabled": False}
    kind = draw(st.sampled_from(["isolated", "cross", "custom"]))
    value = draw(st.one_of(st.integers(1, 125).map(lambda n: f"{n}.0"), st.integers(1, 125)))
    leverage = {"enabled": True, "type": kind, "type_editable": True, "value": value}
    if kind == "cross" and draw(st.booleans()):
        del leverage["value"]
    return leverage


@st.composite
def entities(draw, trade_id: int) -> dict:
    """An open trade that nobody manages, on account 1 (spot) or 2 (futures)."""
    instant = draw(st.integers(0, 7)) == 0
    held = not instant and draw(st.integers(0, 5)) == 0
    entered = held or draw(st.booleans())
    futures = draw(st.booleans())
    position = draw(positions(entered=entered, held=held))
    if instant:
        position = draw(
            positions(entered=entered, held=False).filter(
                lambda p: p["order_type"] != "conditional"
            )
        )
    trails = bool(position.get("conditional", {}).get("trailing", {}).get("enabled"))
    exits = {"take_profit": {"enabled": False}, "stop_loss": {"enabled": False}}
    if not instant:
        exits = {
            "take_profit": draw(targets(trails=trails, entered=entered)),
            "stop_loss": draw(stops(trails=trails, entered=entered)),
        }
    note = draw(NOTES)
    waiting = (
        "waiting_targets" if entered else draw(st.sampled_from(["waiting_position", "created"]))
    )
    entity = {
        "id": trade_id,
        "version": 2,
        "account": {"id": 2 if futures else 1, "type": "paper_trading", "name": "x"},
        "pair": draw(st.sampled_from(PAIRS)),
        "instant": instant,
        "status": {"type": waiting, "title": waiting},
        "leverage": draw(leverages(futures=futures)),
        "position": position,
        **exits,
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
            "commission": D("0.001") if entered else "0.001",
            "created_at": "2024-08-06T14:42:25.528Z",
        },
    }
    for optional in ("version", "note_raw", "leverage"):
        if draw(st.integers(0, 9)) == 0:
            del entity[optional]
    return entity


def baskets(size: int):
    """``size`` trades with ids of their own."""
    return st.tuples(*(entities(31_000_001 + index) for index in range(size)))

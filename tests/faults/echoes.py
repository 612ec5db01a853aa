"""F25: an answer that repeats what we proved ourselves with, spelled in some other way."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from smartplan.sandbox.exchange import Exchange
from tests.faults.experiments import Case, Lab
from tests.faults.proxy import Answering, Break, said
from tests.faults.service import TRADES, Asked, Habit, Said
from tests.faults.stories import OPEN_TWO
from tests.faults.world import World

Spelling = Callable[[str], str]
SPELLINGS: dict[str, Spelling] = {
    "as it is": str,
    "upper case": str.upper,
    "escaped": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "half escaped": lambda text: (
        text[:5] + "".join(f"\\u{ord(c):04X}" for c in text[5:9]) + text[9:]
    ),
    "escaped twice": lambda text: "".join(f"\\\\u{ord(letter):04x}" for letter in text),
    "percent-encoded": lambda text: "".join(f"%{ord(letter):02X}" for letter in text),
    "with soft hyphens": "\u00ad".join,
}


def _proof(headers: Mapping[str, str]) -> str:
    return f"{headers.get('apikey', '-')}/{headers.get('signature', '-')}"


def _raw(status: str, headers: Sequence[str] = (), body: bytes = b"{}") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def _error(text: str, *, where: str) -> bytes:
    """An error of the service with ``text``, which is escaped already, at a place of its body."""
    body = {
        "error": "record_invalid",
        "error_description": "no",
        "error_attributes": {"note": ["no"]},
    }
    shapes = {
        "error": {**body, "error": "TEXT"},
        "description": {**body, "error_description": "TEXT"},
        "attribute": {**body, "error_attributes": {"TEXT": ["no"]}},
        "message": {**body, "error_attributes": {"note": ["TEXT"]}},
    }
    return json.dumps(shapes[where]).replace("TEXT", text).encode()


def _in_error(where: str, spell: Spelling) -> Answering:
    return lambda headers: said(400, _error(spell(_proof(headers)), where=where))


ECHOES: dict[str, Answering] = {
    **{
        f"{spelling}, in the {where} of an error": _in_error(where, spell)
        for spelling, spell in SPELLINGS.items()
        for where in ("error", "description", "attribute", "message")
    },
    "in the status line": lambda headers: _raw(f"400 {_proof(headers)}"),
    "instead of a status": lambda headers: _raw(_proof(headers)),
    "instead of an answer": lambda headers: f"{_proof(headers)}\r\n\r\n".encode(),
    "as a header's name": lambda headers: _raw("200 OK", [f"{_proof(headers)} x: 1"]),
    "in a length": lambda headers: (
        f"HTTP/1.1 200 OK\r\nContent-Length: {_proof(headers)}\r\n\r\n".encode()
    ),
    "in the kind of encoding": lambda headers: _raw(
        "200 OK", [f"Content-Encoding: {_proof(headers)}"]
    ),
    "in the kind of transfer": lambda headers: (
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {_proof(headers)}\r\n\r\n".encode()
    ),
    "in a chunk's length": lambda headers: (
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{_proof(headers)}\r\n".encode()
    ),
    "in Retry-After": lambda headers: _raw("429 x", [f"Retry-After: {_proof(headers)}"]),
    "as a JSON text": lambda headers: said(200, json.dumps(_proof(headers)).encode()),
    "as broken JSON": lambda headers: said(200, f'{{"a": {_proof(headers)}'.encode()),
    "as a page": lambda headers: said(502, _proof(headers).encode(), kind="text/html"),
    **{
        f"in Location, {name}": lambda headers, where=where: _raw(
            "302 Found",
            [
                "Location: "
                + where.format(
                    key=headers.get("apikey", "-"),
                    signature=headers.get("signature", "-"),
                    quoted=quote(headers.get("apikey", "-")).replace("-", "%2D"),
                )
            ],
        )
        for name, where in {
            "as a host": "https://{key}.example/",
            "as a host in upper case": "https://{signature}.EXAMPLE/",
            "as a user": "https://{key}:{signature}@127.0.0.1/",
            "as a port": "https://127.0.0.1:{key}/",
            "percent-encoded": "https://{quoted}.example/",
            "as a query": "https://127.0.0.1/?k={key}&s={signature}",
            "without a scheme": "//{key}/{signature}",
        }.items()
    },
}

READING: Sequence[Sequence[str]] = (
    ("status",),
    ("doctor",),
    ("trade", "show", "31000001"),
)
BY_HAND: Sequence[Sequence[str]] = (
    ("trade", "note", "31000001", "x", "--yes"),
    ("close-all", "--confirm", "desk"),
)
SHOWING: Sequence[Sequence[str]] = (
    *READING,
    ("trade", "list"),
    ("trade", "show", "31000001", "--format", "json"),
    ("diff",),
    ("import", "31000001"),
    ("apply", "--yes"),
)


def echoed(lab: Lab, how: str, commands: Sequence[Sequence[str]] = ()) -> list[str]:
    """Every write is answered so, of apply or of other commands; where these only read, all is."""
    with lab.world(OPEN_TWO, paced=False) as world:
        if commands:
            world.apply()
        echo = Break(how, forwarded=True, answer=ECHOES[how])
        reads = commands == READING
        world.breaking(lambda _, method, __: echo if reads or method != "GET" else None)
        return _unspoken(world, commands or [("apply", "--yes")])


def _unspoken(world: World, commands: Sequence[Sequence[str]]) -> list[str]:
    """Nothing that the commands write has what we proved ourselves with, nor the next ones'."""
    wrong = []
    for arguments in commands:
        ran = world.run(*arguments)
        if "internal error" in ran.text or "Traceback" in ran.text:
            wrong.append(f"a defect was shown: {ran.text}")
    wrong += world.violations()
    world.proxy.choose = lambda *_: None
    world.run("history")
    return [*wrong, *(one for one in world.violations() if one not in wrong)]


@dataclass
class Echoing(Habit):
    """Trades are shown with the headers of the request in their note, and as what failed."""

    spell: Spelling

    def after(self, asked: Asked, said: Said, exchange: Exchange) -> Said:
        if not said.fine or not asked.path.startswith(TRADES):
            return said
        answer = json.loads(said.content)
        proof = self.spell(_proof(asked.headers))
        for entity in answer if isinstance(answer, list) else [answer]:
            if isinstance(entity, dict) and "status" in entity:
                entity["note"] = entity["note_raw"] = f"{proof} {entity['note']}"
                entity["status"]["error"] = entity["status"]["title"] = proof
        return said.instead(answer)


def shown(lab: Lab, spelling: str) -> list[str]:
    """What is no error repeats them, too."""
    with lab.world(OPEN_TWO, paced=False) as world:
        world.apply()
        world.habits.append(Echoing(SPELLINGS[spelling]))
        return _unspoken(world, SHOWING)


ECHOED = (
    *(Case(f"{how}, to apply", partial(echoed, how=how)) for how in ECHOES),
    *(
        Case(f"{how}, to {name}", partial(echoed, how=how, commands=commands))
        for how in ECHOES
        if "of an error" not in how
        for name, commands in (("reading", READING), ("a hand", BY_HAND))
    ),
    *(
        Case(f"{spelling}, in a trade that is shown", partial(shown, spelling=spelling))
        for spelling in ("as it is", "upper case")
    ),
)

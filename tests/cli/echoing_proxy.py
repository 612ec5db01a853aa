"""A line to the sandbox that repeats what a request proved itself with, in every way an answer can."""  # noqa: E501

import base64
import http.client
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Heard:
    """A request's proof, and what the sandbox answered to it."""

    key: str
    signature: str
    status: int
    body: bytes

    @property
    def proof(self) -> str:
        return f"{self.key} did not make {self.signature}"


def _answer(status: str, body: bytes, kind: str = "application/json", *more: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04X}" for character in text)


def _percent(text: str) -> str:
    return "".join(f"%{ord(character):02x}" for character in text)


def _refusal(told: str) -> bytes:
    """Everywhere in an error body; ``told`` is what stands between the quotes, escapes included."""
    return (
        f'{{"error": "{told}", "error_description": "{told}",'
        f' "error_attributes": {{"{told}": ["{told}"], "note": ["{told}"]}}}}'
    ).encode()


def _refused(write: Callable[[Heard], str], status: str = "400 Said") -> Callable[[Heard], bytes]:
    return lambda heard: _answer(status, _refusal(write(heard)))


def _entities(write: Callable[[Heard], str]) -> Callable[[Heard], bytes]:
    """What the sandbox said, with the proof in every note and as the name of what there is."""

    def echo(heard: Heard) -> bytes:
        told = json.loads(f'"{write(heard)}"')

        def noted(value: object) -> object:
            if isinstance(value, list):
                return [noted(item) for item in value]
            if not isinstance(value, dict):
                return value
            changed = {name: noted(item) for name, item in value.items()}
            for name in ("note", "note_raw", "name", "exchange_name", "error", "title"):
                if isinstance(value.get(name), str):
                    changed[name] = f"{told} {value[name]}"
            return changed

        body = json.dumps(noted(json.loads(heard.body or b"null"))).encode()
        return _answer(f"{heard.status} Said", body)

    return echo


REFUSALS: dict[str, Callable[[Heard], bytes]] = {
    "plain": _refused(lambda heard: heard.proof),
    "upper case": _refused(lambda heard: heard.proof.upper()),
    "JSON escapes": _refused(lambda heard: _escaped(heard.proof)),
    "JSON escapes of upper case": _refused(lambda heard: _escaped(heard.signature.upper())),
    "percent": _refused(lambda heard: _percent(heard.proof)),
    "percent in JSON escapes": _refused(lambda heard: _escaped(_percent(heard.key))),
    "base64": _refused(lambda heard: base64.b64encode(heard.proof.encode()).decode()),
    "base64 of the bytes": _refused(lambda heard: _bytes_in_base64(heard.signature)),
    "spaces": _refused(lambda heard: " ".join(heard.proof)),
    "line breaks": _refused(lambda heard: "\\n".join((heard.key[:9], heard.key[9:]))),
    "not found": _refused(lambda heard: heard.proof, "404 Said"),
    "unauthorised": _refused(lambda heard: heard.proof, "401 Said"),
    "forbidden": _refused(lambda heard: heard.proof, "403 Said"),
    "limits": _refused(lambda heard: heard.proof, "422 Said"),
    "HTML": lambda heard: _answer("403 Said", f"<p>{heard.proof}</p>".encode(), "text/html"),
    "Location": lambda heard: _answer(
        "302 Said", b"", "text/html", f"Location: https://{heard.key}.{heard.signature[:60]}/x"
    ),
    "Location in upper case": lambda heard: _answer(
        "307 Said", b"", "text/html", f"Location: https://u:{heard.signature}@{heard.key.upper()}/x"
    ),
}
"""Answers that end a call at once."""

BREAKS: dict[str, Callable[[Heard], bytes]] = {
    "a status line that is none": lambda heard: f"{heard.proof}\r\n\r\n".encode(),
    "a Location that is none": lambda heard: _answer(
        "302 Said", b"", "text/html", f"Location: https://{heard.key}:{heard.signature}/"
    ),
    "a status that is no number": lambda heard: f"HTTP/1.1 {heard.proof}\r\n\r\n".encode(),
    "a reason": lambda heard: _answer(f"500 {heard.proof}", b"{}"),
    "a header without a colon": lambda heard: (
        f"HTTP/1.1 200 OK\r\n{heard.proof}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    ),
    "a header's name": lambda heard: (
        f"HTTP/1.1 200 OK\r\n{heard.proof}: 1\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    ),
    "a length that is none": lambda heard: (
        f"HTTP/1.1 200 OK\r\nContent-Length: {heard.proof}\r\n\r\n{{}}".encode()
    ),
    "a coding that is none": lambda heard: (
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {heard.proof}\r\n\r\n{{}}".encode()
    ),
    "a chunk that is none": lambda heard: (
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{heard.proof}\r\n".encode()
    ),
    "a packing that is none": lambda heard: _answer(
        "200 OK", heard.proof.encode(), "application/json", f"Content-Encoding: {heard.key}"
    ),
    "no JSON": lambda heard: _answer("200 OK", heard.proof.encode()),
    "half of JSON": lambda heard: _answer("200 OK", f'{{"note": "{heard.proof}'.encode()),
    "another shape": lambda heard: _answer("200 OK", json.dumps([heard.proof]).encode()),
    "a key twice": lambda heard: _answer(
        "200 OK", f'{{"{heard.key}": 1, "{heard.key}": "{heard.signature}"}}'.encode()
    ),
    "502 in HTML": lambda heard: _answer("502 Bad", f"<i>{heard.proof}</i>".encode(), "text/html"),
}
"""Answers that leave a doubt: a GET is tried again after them."""

ENTITIES: dict[str, Callable[[Heard], bytes]] = {
    "notes": _entities(lambda heard: heard.proof),
    "notes in upper case": _entities(lambda heard: heard.proof.upper()),
    "notes in base64": _entities(lambda heard: base64.b64encode(heard.proof.encode()).decode()),
    "notes in percent": _entities(lambda heard: _percent(heard.proof)),
}
"""Answers that say what the sandbox says, and more."""


def _bytes_in_base64(signature: str) -> str:
    try:
        return base64.b64encode(bytes.fromhex(signature)).decode()
    except ValueError:  # of an RSA key: base64 already
        return base64.b64decode(signature).hex()


@dataclass
class EchoingProxy:
    """Passes requests on to ``port``; answers those that ``repeats`` likes by ``say``."""

    port: int
    say: Callable[[Heard], bytes]
    repeats: Callable[[str], bool] = lambda method: True
    keys: set[str] = field(default_factory=set)
    signatures: set[str] = field(default_factory=set)
    said: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/public/api"
        self._talks: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._thread, *self._talks):
            thread.join(20)
            assert not thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            talk = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._talks.append(talk)
            talk.start()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(15)
        with connection, suppress(OSError), connection.makefile("rb") as stream:
            line = stream.readline()
            if not line:
                return
            method, target, _ = line.decode().split(" ", 2)
            headers = http.client.parse_headers(stream)
            body = stream.read(int(headers.get("Content-Length", 0)))
            connection.sendall(self._reply(method, target, headers, body))

    def _reply(self, method: str, target: str, headers, body: bytes) -> bytes:
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        passed = {name: value for name, value in headers.items() if name.lower() != "host"}
        upstream.request(method, target, body or None, passed)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        key, signature = headers.get("Apikey", ""), headers.get("Signature", "")
        if signature:
            self.keys.add(key)
            self.signatures.add(signature)
            if self.repeats(method):
                self.said += 1
                return self.say(Heard(key, signature, answer.status, content))
        return _answer(f"{answer.status} Said", content)

"""An editor that types: how long after a keystroke its findings are there. Speaks bare JSON-RPC."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEYSTROKES = 200
TYPED_AT = 300
"""Which of the plans is typed in: a template."""
_ODD, _EVEN = "(5, 40)", "(5, 4)"


def p95(folder: Path, keystrokes: int = KEYSTROKES) -> float:
    """Milliseconds from a keystroke to its findings, of 95 in 100, in a workspace that is open."""
    with subprocess.Popen(
        [sys.executable, "-m", "smartplan", "lsp"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            return _session(_Wire(server), folder, keystrokes)
        finally:
            server.kill()


class _Wire:
    """Messages to and from the server."""

    def __init__(self, server: "subprocess.Popen[bytes]") -> None:
        assert server.stdin is not None
        assert server.stdout is not None
        self._into, self._out = server.stdin, server.stdout

    def send(self, method: str, params: object, number: int | None = None) -> None:
        message: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        body = json.dumps(message).encode()
        self._into.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._into.flush()

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read on up to a message that is wanted."""
        while True:
            length = 0
            while (line := self._out.readline().strip()) or not length:
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            message: dict[str, Any] = json.loads(self._out.read(length))
            if wanted(message):
                return message


def _session(wire: _Wire, folder: Path, keystrokes: int) -> float:
    plan = sorted((folder / "plans").iterdir())[TYPED_AT]
    text, uri = plan.read_text(encoding="utf-8"), plan.as_uri()
    assert text.count(_ODD) == 1
    # The last plan of the workspace is judged last: with its finding the whole is known.
    last = sorted((folder / "plans").iterdir())[-1]
    last.write_text(last.read_text(encoding="utf-8") + "unknown: 1\n", encoding="utf-8")
    root = {"uri": folder.as_uri(), "name": "bench"}
    wire.send("initialize", {"capabilities": {}, "workspaceFolders": [root]}, 1)
    wire.until(lambda message: message.get("id") == 1)
    wire.send("initialized", {})
    document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
    wire.send("textDocument/didOpen", {"textDocument": document})
    wire.until(lambda message: _of(message, last.as_uri()))
    taken = []
    for number in range(keystrokes):
        typed = text.replace(_ODD, _EVEN) if number % 2 == 0 else text
        change = {"textDocument": {"uri": uri, "version": number + 2}}
        began = time.perf_counter()
        wire.send("textDocument/didChange", change | {"contentChanges": [{"text": typed}]})
        wire.until(lambda message: _of(message, uri))
        taken.append((time.perf_counter() - began) * 1_000)
        time.sleep(0.01)
    return sorted(taken)[int(len(taken) * 0.95)]


def _of(message: dict[str, Any], uri: str) -> bool:
    published = message.get("method") == "textDocument/publishDiagnostics"
    return published and message["params"]["uri"] == uri

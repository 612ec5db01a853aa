"""The control endpoints of a served sandbox, which the service has no like of.

They take no key, so nothing is signed and nothing secret is sent; the address must be loopback.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from smartplan.document.scalars import number_text
from smartplan.errors import AnswerLost, Rejected, Unreachable, UsageError
from smartplan.origins import is_loopback

SECONDS = 10
MOST_BYTES = 8_000_000
_JSON = {"Content-Type": "application/json"}

Entity = Mapping[str, object]


class SandboxControl:
    """Moves the market of the sandbox behind a base URL. Raises ``UsageError`` for any other host.

    Calls raise ``Unreachable``, ``AnswerLost`` and ``Rejected``.
    """

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        if parts.scheme != "http" or not is_loopback(host):
            raise UsageError(f"{base_url} is no local sandbox")
        self._host, self._port = host, parts.port or 80

    def tick(self, pair: str, price: Decimal) -> list[Entity]:
        """Move a pair to a price; the trades that changed."""
        answer = self._post("/sandbox/tick", {"pair": pair, "price": number_text(price)})
        listed = answer if isinstance(answer, list) else []
        return [item for item in listed if isinstance(item, dict)]

    def fill(self, trade_id: int) -> Entity:
        """Fill a waiting entry at its own price; the trade."""
        answer = self._post(f"/sandbox/trades/{trade_id}/fill", {})
        return answer if isinstance(answer, dict) else {}

    def _post(self, path: str, body: Mapping[str, str]) -> object:
        connection = HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            connection.connect()
        except OSError as error:
            raise Unreachable(
                f"nothing answers on {self._host}:{self._port}", hint="smartplan sandbox serve"
            ) from error
        try:
            connection.request("POST", path, json.dumps(body), _JSON)
            answer = connection.getresponse()
            content = json.loads(answer.read(MOST_BYTES), parse_float=Decimal)
        except (OSError, HTTPException, ValueError) as error:
            raise AnswerLost(f"{path}: the sandbox gave no usable answer") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise _rejected(answer.status, content)
        return content


def _rejected(status: int, content: object) -> Rejected:
    said = content if isinstance(content, dict) else {}
    message = str(said.get("error_description") or said.get("error") or status)
    return Rejected(f"the sandbox refused it: {message}", status=status, error="sandbox")

"""How the exchange says no: a status code and the body the service would send."""

from collections.abc import Mapping, Sequence


class Rejection(Exception):
    """An error answer: ``error`` and, where known, ``error_description`` and the attributes."""

    def __init__(
        self,
        status: int,
        error: str,
        description: str | None,
        attributes: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(f"{status} {error}: {description}" if description else f"{status} {error}")
        self.status = status
        self.body: dict[str, object] = {"error": error}
        if description is not None:
            self.body["error_description"] = description
        if attributes is not None:
            self.body["error_attributes"] = {key: list(said) for key, said in attributes.items()}


def invalid(attributes: Mapping[str, Sequence[str]], status: int = 400) -> Rejection:
    """400 for a request that does not fit the schema, 422 for one outside the limits."""
    return Rejection(status, "record_invalid", "Invalid parameters", attributes)


def not_found(status: int = 404) -> Rejection:
    """An unknown trade. The cancel endpoint is documented to say it with 400."""
    return Rejection(status, "Not found", "Smart Trade not found")


def unknown_pair() -> Rejection:
    """A pair, or a market, whose rates are asked for and that there is not: no description."""
    return Rejection(400, "Unknown pair", None)


def not_allowed(what: str) -> Rejection:
    """403: the state of the trade does not allow it."""
    return Rejection(403, "Forbidden", f"{what} is not allowed in the current status")


def wrong_status(what: str) -> Rejection:
    """400, as add_funds and reduce_funds are documented to answer in the wrong status."""
    return Rejection(400, "Wrong param(s)", f"{what} is not allowed in the current status")

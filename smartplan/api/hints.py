"""The way out of every error the service documents: one sentence each."""

_KEYS = "SMARTPLAN_API_KEY and SMARTPLAN_API_SECRET (or SMARTPLAN_API_PRIVATE_KEY_FILE)"


def hint_for(
    status: int, error: str, description: str, method: str, path: str, key: str | None
) -> str:
    """What to do about a refusal; ``key`` is a label of the API key, never the key itself."""
    if base := wrong_base(status, method, path):
        return base
    said = f"{error} {description}".lower()
    which = f"the API key {key}" if key else "no API key was sent"
    if error == "forced_mode_invalid":
        return "The Forced-Mode header takes `real` or `paper` only."
    if "not found" in said or status == 404:
        return (
            "Nothing with this id is visible to the key: it may belong to another environment,"
            " or the id may be wrong; `smartplan trade list` shows what there is."
        )
    if "not owned" in said:
        return (
            "The account belongs to another user: compare the accounts in smartplan.toml with"
            " `smartplan doctor`."
        )
    match status:
        case 401:
            return _unauthorised(error, which)
        case 403:
            return (
                f"Either {which} lacks the permission {permission(method, path)}; add it in the"
                " service's API settings. Or the trade does not allow this in its present"
                " status; `smartplan trade show` tells which."
            )
        case 422:
            return (
                "The exchange's limits (steps, minimum and maximum sizes) do not allow this;"
                " `smartplan lint --online` names the nearest legal values."
            )
        case 400:
            return "The service did not understand a field; the attributes of the error name it."
        case _:
            return "The service says no more; `smartplan status` shows what is open now."


def wrong_base(status: int, method: str, path: str) -> str | None:
    """Where an endpoint without an id is not found, it is the base URL that is wrong."""
    if status != 404 or method != "GET" or path.partition("?")[0] not in _WITHOUT_ID:
        return None
    return (
        f"There is no {path} below this address: the path of SMARTPLAN_BASE_URL is wrong, it ends"
        " in /public/api as in https://api.3commas.io/public/api."
    )


_WITHOUT_ID = frozenset({"/ver1/accounts", "/v2/smart_trades"})


def permission(method: str, path: str) -> str:
    """The permission an endpoint asks of a key, as it is called today and as it was called."""
    if "smart_trades" not in path:
        return "ACCOUNTS_READ"
    does = "READ" if method == "GET" else "WRITE"
    return f"SMART_TRADES_{does} (once SMART_TRADE_{does})"


def _unauthorised(error: str, which: str) -> str:
    match error:
        case "signature_invalid":
            return (
                f"The secret (or private key) does not belong to {which}: check {_KEYS}."
                " The clock is not the cause: requests carry no time."
            )
        case "api_key_invalid_or_expired":
            return f"The service does not know {which}, or it has expired: check {_KEYS}."
        case "access_denied":
            return (
                f"The service does not let {which} in: its permissions or its list of allowed"
                " addresses leave this out."
            )
        case _:
            return f"The service did not accept {which}: check {_KEYS}."

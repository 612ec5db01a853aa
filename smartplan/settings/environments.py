"""A workspace as seen from one environment: its ``smartplan.toml`` and the process environment."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from smartplan.boundary import leads_out
from smartplan.currencies import turned_round
from smartplan.errors import FileError, SafetyRefusal, UsageError
from smartplan.settings.keys import ENVIRONMENTS, SETTINGS, Environment
from smartplan.settings.reading import ALL_ACCOUNTS, MakerTaker, Rail, Share, meant, read
from smartplan.settings.toml import TomlValue, read_file
from smartplan.settings.values import (
    SANDBOX_ACCOUNTS,
    ContractTerms,
    Credentials,
    LintSettings,
    RiskSettings,
    Secret,
    Settings,
    default_state_url,
)

FILE_NAME = "smartplan.toml"
_PAIR = re.compile(r"[A-Z0-9]+_[A-Z0-9][A-Za-z0-9_.:-]*")


def find_file(start: Path) -> Path | None:
    """The nearest ``smartplan.toml`` in ``start`` or above it."""
    for folder in (start, *start.parents):
        candidate = folder / FILE_NAME
        if candidate.is_file():
            return candidate
    return None


def _own_file(start: Path) -> Path | None:
    file = find_file(start)
    if file is not None and leads_out(file, file.parent):
        hint = f"copy the file it links to to {file}"
        raise FileError(file, "a link out of the workspace", hint=hint)
    return file


def load(start: Path, environ: Mapping[str, str], *, environment: str | None = None) -> Settings:
    """Settings for the workspace around the folder ``start``. Raises ``UsageError``.

    Without a ``smartplan.toml`` only the sandbox is possible, as workspace ``default``.
    """
    if environment is not None and environment not in ENVIRONMENTS:
        raise UsageError(
            f"there is no environment {environment}", hint=f"one of {', '.join(ENVIRONMENTS)}"
        )
    file = _own_file(start.resolve())
    base_url = _base_url(environ.get("SMARTPLAN_BASE_URL"))
    state_url = environ.get("SMARTPLAN_STATE_URL") or None
    if file is None:
        if environment not in {None, "sandbox"}:
            raise UsageError(
                f"the environment `{environment}` needs a {FILE_NAME} that lists its accounts",
                hint="`smartplan init` writes one",
            )
        settings = Settings(root=start.resolve())
    else:
        settings = from_file(read_file(file), environment)
    return _checked(replace(settings, base_url=base_url, state_url=state_url or settings.state_url))


def others(
    settings: Settings, wanted: Callable[[Environment], bool]
) -> Iterator[tuple[Settings, bool]]:
    """The workspace as seen from other environments, and whether accounts are listed there.

    Without accounts, those that are ``wanted`` all the same.
    """
    if settings.file is None:
        return
    top = read_file(settings.file)
    for name in ENVIRONMENTS:
        listed = bool(top.at("environments", name, "accounts").value)
        if name != settings.environment and (listed or wanted(name)):
            yield from_file(top, name), listed


def user_folder(environ: Mapping[str, str]) -> Path | None:
    """Where what belongs to the user, and to no workspace, is kept; ``None`` for a homeless one."""
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = Path(environ.get("HOME", ""))
        if not home.is_absolute():
            return None
        state = home / ".local" / "state"
    return state / "smartplan"


def credentials(environ: Mapping[str, str]) -> Credentials | None:
    """The credentials of the process environment, if any. Raises ``UsageError`` when half given."""
    key, secret = environ.get("SMARTPLAN_API_KEY"), environ.get("SMARTPLAN_API_SECRET")
    key_file = environ.get("SMARTPLAN_API_PRIVATE_KEY_FILE")
    if not key and not secret and not key_file:
        return None
    if not key:
        raise UsageError("SMARTPLAN_API_KEY is not set", hint="export it beside its secret")
    if bool(secret) == bool(key_file):
        raise UsageError(
            "set exactly one of SMARTPLAN_API_SECRET and SMARTPLAN_API_PRIVATE_KEY_FILE",
            hint="the secret signs with HMAC, the private key with RSA",
        )
    if key_file and ("\n" in key_file or "-----" in key_file):
        raise UsageError(
            "SMARTPLAN_API_PRIVATE_KEY_FILE holds a key, not the path of its file",
            hint="write the key to a file of mode 600, and export the path",
        )
    for name, value in (("SMARTPLAN_API_KEY", key), ("SMARTPLAN_API_SECRET", secret or "x")):
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise UsageError(
                f"{name} holds spaces or characters that no key has", hint="copy it again, whole"
            )
    return Credentials(
        Secret(key), Secret(secret) if secret else None, Path(key_file) if key_file else None
    )


def _base_url(text: str | None) -> str | None:
    if not text:
        return None
    from smartplan.origins import parse_base_url

    return parse_base_url(text)


def _checked(settings: Settings) -> Settings:
    url = settings.base_url
    if url is None or settings.environment != "sandbox":
        return settings
    from smartplan.origins import is_loopback, origin_of

    if not is_loopback(origin_of(url).host):
        raise SafetyRefusal(
            f"the environment is sandbox, but SMARTPLAN_BASE_URL points to {url}",
            hint="unset SMARTPLAN_BASE_URL, or name the environment with --env",
        )
    return settings


def from_file(top: TomlValue, environment: str | None = None) -> Settings:
    """What a file says, seen from an environment or from its own. Raises ``UsageError``."""
    given: dict[str, Any] = read(SETTINGS, top)
    sections = {name: given.pop(name, {}) for name in ("environments", "risk", "lint", "state")}
    accounts: dict[str, Mapping[str, int]] = {
        name: sections["environments"].get(name, {}).get("accounts", {}) for name in ENVIRONMENTS
    }
    _shared_by_none(accounts, top.at("environments"))
    risk = _risk(sections["risk"])
    aliases = sorted({*SANDBOX_ACCOUNTS}.union(*accounts.values()))
    _about_known_accounts(risk, aliases, top.at("risk"))
    _of_something(given.get("policy", {}), risk.equity, top.at("policy"))
    _of_some_pair(given.get("policy", {}), top.at("policy"))
    chosen = cast("Environment", environment or given.get("environment", "sandbox"))
    usual = SANDBOX_ACCOUNTS if chosen == "sandbox" else {}
    state = sections["state"]
    state["state_url"] = state.pop("url", default_state_url(chosen))
    return Settings(
        **{**given, **state, "environment": chosen},
        root=top.file.parent,
        file=top.file,
        accounts=dict(accounts[chosen] or usual),
        risk=risk,
        lint=LintSettings(**sections["lint"]),
    )


def _shared_by_none(accounts: Mapping[str, Mapping[str, int]], entry: TomlValue) -> None:
    owners: dict[int, str] = {}
    for name, listed in accounts.items():
        for alias, number in listed.items():
            if owners.setdefault(number, name) != name:
                raise entry.at(name, "accounts", alias).wrong(
                    f"is also listed for {owners[number]}: environments never share an account"
                )


def _risk(section: dict[str, Any]) -> RiskSettings:
    terms, fees = section.pop("contracts", {}), section.pop("fee", {})
    contracts = {name: ContractTerms(**said) for name, said in terms.items()}
    usual: MakerTaker | None = fees.get(ALL_ACCOUNTS)
    risk = RiskSettings(**section, contracts=contracts, fees=fees)
    return risk if usual is None else replace(risk, fee=usual.taker)


def _about_known_accounts(risk: RiskSettings, aliases: Sequence[str], entry: TomlValue) -> None:
    for key, by_name in (("contracts", risk.contracts), ("maintenance", risk.maintenance)):
        named = {name.partition("/")[0] for name in by_name if not _PAIR.fullmatch(name)}
        _known(named - {ALL_ACCOUNTS}, aliases, entry.at(key))
    per_alias: dict[str, Mapping[str, object]] = {
        "fee": risk.fees,
        "fee_model": risk.fee_model,
        "slippage": risk.slippage,
        "funding": risk.funding,
    }
    for key, by_alias in per_alias.items():
        for alias in {*by_alias} - {ALL_ACCOUNTS}:
            _known((alias,), aliases, entry.at(key, alias))


def _known(named: Iterable[str], aliases: Sequence[str], entry: TomlValue) -> None:
    """A slip of the pen would leave the risk of an account counted wrong."""
    for alias in sorted(set(named) - {*aliases}):
        raise entry.wrong(f"names no account: {alias}", meant(alias, aliases))


def _of_something(rails: Mapping[str, Rail], equity: object, entry: TomlValue) -> None:
    for rule, rail in rails.items():
        if isinstance(rail.limit, Share) and not equity:
            raise entry.at(rule).wrong(
                "is a percentage of nothing", "state the equity in [risk.equity], per quote"
            )


def _of_some_pair(rails: Mapping[str, Rail], entry: TomlValue) -> None:
    """A guard rail whose pairs are the wrong way round would hold for none, in silence."""
    for rule in ("allowed_pairs", "denied_pairs"):
        patterns = rails[rule].limit if rule in rails else None
        for pattern in patterns if isinstance(patterns, tuple) else ():
            right = turned_round(pattern)
            if right is not None:
                where = entry.at(rule)
                listed = isinstance(where.value, dict)
                raise (where.at("limit") if listed else where).wrong(
                    f"has `{pattern}`, which matches no pair: the quote currency comes first",
                    f"write `{right}`",
                )

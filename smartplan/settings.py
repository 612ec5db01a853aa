"""``smartplan.toml`` and the process environment, as one frozen value. Secrets never in a repr."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.boundary import leads_out
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.toml import Table, read_table

FILE_NAME = "smartplan.toml"
SERVICE_URL = "https://api.3commas.io/public/api"
SANDBOX_ACCOUNTS: Mapping[str, int] = {"main": 1, "futures": 2}

Environment = Literal["sandbox", "paper", "real"]
ENVIRONMENTS: tuple[Environment, ...] = ("sandbox", "paper", "real")
FeeModel = Literal["base", "quote"]

_WORKSPACE = re.compile(r"[a-z0-9][a-z0-9-]{0,19}", re.ASCII)


class Secret:
    """Text that must not be printed, logged, compared in messages or pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; only for signing and for the header that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not stored")


class Credentials(Struct, frozen=True):
    """An API key with what signs for it: an HMAC secret or an RSA private key file."""

    key: Secret
    secret: Secret | None = None
    private_key_file: Path | None = None


class RiskSettings(Struct, frozen=True):
    """Fees as fractions, the fee model per account alias, equity per quote currency.

    ``contracts`` are the aliases of accounts whose units are contracts of unknown size.
    """

    fee: Decimal = Decimal("0.001")
    fee_model: Mapping[str, FeeModel] = {}
    equity: Mapping[str, Decimal] = {}
    contracts: frozenset[str] = frozenset()


class LintSettings(Struct, frozen=True):
    """Which rules run, how severe they are, and limits of theirs: ``far_stop`` is in percent."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = {}
    far_stop: Decimal = Decimal(25)
    least_reward_risk: Decimal = Decimal(1)


class Settings(Struct, frozen=True):
    """A workspace seen from one environment; ``root`` is the folder of its ``smartplan.toml``."""

    root: Path
    file: Path | None = None
    workspace: str = "default"
    environment: Environment = "sandbox"
    accounts: Mapping[str, int] = field(default_factory=lambda: dict(SANDBOX_ACCOUNTS))
    since: date | None = None
    risk: RiskSettings = RiskSettings()
    lint: LintSettings = LintSettings()
    policy: Mapping[str, object] = {}
    state_url: str = "sqlite:///.smartplan/sandbox.db"
    ephemeral: bool = False
    settle_window: float = 120.0
    base_url: str | None = None

    def __repr__(self) -> str:
        # `state_url` may hold a password
        return f"Settings({self.root}, {self.workspace}, {self.environment})"

    @property
    def state_folder(self) -> Path:
        """Where this workspace keeps what outlives a run."""
        return self.root / ".smartplan"

    def alias_of(self, account_id: int) -> str | None:
        """The alias of an account of this environment."""
        return next((name for name, known in self.accounts.items() if known == account_id), None)


def default_state_url(environment: Environment) -> str:
    """The sandbox keeps its journal apart, so that resetting it never touches another's."""
    name = "sandbox" if environment == "sandbox" else "state"
    return f"sqlite:///.smartplan/{name}.db"


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
        raise UsageError(
            f"{file}: a link out of the workspace", hint=f"copy the file it links to to {file}"
        )
    return file


def load(start: Path, environ: Mapping[str, str], *, environment: str | None = None) -> Settings:
    """Settings for the workspace around the folder ``start``. Raises ``UsageError``.

    Without a ``smartplan.toml`` only the sandbox is possible, as workspace ``default``.
    """
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
        settings = _from_toml(read_table(file), environment)
    return _checked(replace(settings, base_url=base_url, state_url=state_url or settings.state_url))


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


_SECTIONS = (
    "workspace", "environment", "since", "environments", "risk", "lint", "policy", "state",
)  # fmt: skip


def _from_toml(table: Table, environment: str | None) -> Settings:
    table.only(_SECTIONS)
    workspace = table.text("workspace", "default")
    if not _WORKSPACE.fullmatch(workspace):
        raise table.wrong("workspace", "must fit [a-z0-9][a-z0-9-]{0,19}: it is in every marker")
    chosen = _environment(table, environment)
    state = table.table("state")
    state.only(("url", "ephemeral", "settle_window"))
    ephemeral = state.items.get("ephemeral", False)
    if not isinstance(ephemeral, bool):
        raise state.wrong("ephemeral", "must be true or false")
    accounts = _accounts(table, chosen)
    return Settings(
        root=table.file.parent,
        file=table.file,
        workspace=workspace,
        environment=chosen,
        accounts=accounts,
        since=_since(table),
        risk=_risk(table.table("risk"), _aliases(table)),
        lint=_lint(table.table("lint")),
        policy=table.table("policy").items,
        state_url=_state_url(state, chosen),
        ephemeral=ephemeral,
        settle_window=float(state.money("settle_window", Decimal(120))),
    )


def _state_url(state: Table, environment: Environment) -> str:
    """A file, never a server: whoever may change this file may not say where a password goes."""
    url = state.text("url", default_state_url(environment))
    if not url.startswith("sqlite:///"):
        hint = (
            "name a server by SMARTPLAN_STATE_URL in the environment, which comes before the file"
        )
        raise state.wrong("url", "must be sqlite:///PATH: this file is in Git", hint)
    file = url.partition(":///")[2]
    if file.startswith("/") or ".." in PurePath(file).parts:
        hint = "use SMARTPLAN_STATE_URL for a file elsewhere"
        raise state.wrong("url", "names a file outside of the workspace", hint)
    return url


def _environment(table: Table, wanted: str | None) -> Environment:
    name = wanted or table.text("environment", "sandbox")
    for known in ENVIRONMENTS:
        if name == known:
            return known
    raise table.wrong("environment", f"is `{name}`", f"one of {', '.join(ENVIRONMENTS)}")


def _accounts(table: Table, environment: Environment) -> Mapping[str, int]:
    environments = table.table("environments")
    environments.only(ENVIRONMENTS)
    owners: dict[int, str] = {}
    for name in ENVIRONMENTS:
        section = environments.table(name)
        section.only(("accounts",))
        accounts = section.table("accounts")
        for alias, value in accounts.items.items():
            if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
                raise accounts.wrong(alias, "must be an account id, a whole number above 0")
            if owners.setdefault(value, name) != name:
                raise accounts.wrong(
                    alias,
                    f"is also listed for {owners[value]}: environments never share an account",
                )
    chosen = environments.table(environment).table("accounts").items
    if not chosen and environment == "sandbox":
        return dict(SANDBOX_ACCOUNTS)
    return {alias: value for alias, value in chosen.items() if isinstance(value, int)}


def _since(table: Table) -> date | None:
    value = table.items.get("since")
    if isinstance(value, datetime) or not isinstance(value, date | None):
        raise table.wrong("since", "must be a date such as 2026-11-22")
    return value


def _aliases(table: Table) -> frozenset[str]:
    """Every account alias, of whatever environment."""
    environments = table.table("environments")
    listed = (environments.table(name).table("accounts").items for name in ENVIRONMENTS)
    return frozenset(SANDBOX_ACCOUNTS).union(*listed)


def _risk(table: Table, aliases: frozenset[str]) -> RiskSettings:
    table.only(("fee", "fee_model", "equity", "contracts"))
    fee = table.money("fee", Decimal("0.001"))
    if fee >= 1:
        raise table.wrong("fee", "is a fraction: 0.001 means 0.1 %")
    models = table.table("fee_model")
    fee_model: dict[str, FeeModel] = {}
    for alias, value in models.items.items():
        if value == "base" or value == "quote":
            fee_model[alias] = "base" if value == "base" else "quote"
        else:
            raise models.wrong(alias, "must be base or quote")
    equity = table.table("equity")
    amounts = {quote: equity.money(quote) for quote in equity.items}
    contracts = frozenset(table.texts("contracts"))
    for alias in sorted(contracts - aliases):
        raise table.wrong("contracts", f"names no account: {alias}", "one of the aliases above")
    return RiskSettings(fee, fee_model, amounts, contracts)


def _lint(table: Table) -> LintSettings:
    table.only(("select", "ignore", "severity", "far_stop", "least_reward_risk"))
    severity = table.table("severity")
    levels: dict[str, str] = {}
    for code in severity.items:
        levels[code] = severity.text(code, "")
        if levels[code] not in {"error", "warning", "info"}:
            raise severity.wrong(code, "must be error, warning or info")
    usual = LintSettings()
    far_stop = table.money("far_stop", usual.far_stop)
    least = table.money("least_reward_risk", usual.least_reward_risk)
    return LintSettings(table.texts("select"), table.texts("ignore"), levels, far_stop, least)

"""The settings of a workspace and its secrets, as frozen values. Secrets never in a repr."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from msgspec import Struct, field

from smartplan.settings.keys import Environment, FeeModel
from smartplan.settings.reading import ALL_ACCOUNTS, MakerTaker, Rail

SERVICE_URL = "https://api.3commas.io/public/api"
SANDBOX_ACCOUNTS: Mapping[str, int] = {"main": 1, "futures": 2}


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


class ContractTerms(Struct, frozen=True):
    """What the user says of contracts; ``None`` where nothing.

    ``size`` is in base units, or of ``inverse`` ones the face value in the price's currency.
    """

    size: Decimal | None = None
    inverse: bool | None = None


class RiskSettings(Struct, frozen=True):
    """What risk is counted with: fees as fractions, equity per quote currency.

    ``fee`` is paid where ``fees`` name no other, which go by account alias, as do ``slippage`` and
    ``funding``, in percent (funding each 8 hours). ``maintenance`` rates are fractions by alias,
    pair or ``alias/PAIR``, as are the terms of ``contracts``. ``""`` stands for all that is not
    named.
    """

    fee: Decimal = Decimal("0.001")
    fee_model: Mapping[str, FeeModel] = {}
    equity: Mapping[str, Decimal] = {}
    contracts: Mapping[str, ContractTerms] = {}
    fees: Mapping[str, MakerTaker] = {}
    slippage: Mapping[str, Decimal] = {}
    funding: Mapping[str, Decimal] = {}
    maintenance: Mapping[str, Decimal] = {}

    def fees_of(self, alias: str | None) -> MakerTaker:
        """Maker's and taker's fee of an account, by its alias."""
        usual = self.fees.get(ALL_ACCOUNTS) or MakerTaker(self.fee, self.fee)
        return self.fees.get(alias or ALL_ACCOUNTS, usual)

    def slippage_of(self, alias: str | None) -> Decimal:
        """Percent that market orders of an account fill worse."""
        usual = self.slippage.get(ALL_ACCOUNTS, Decimal(0))
        return self.slippage.get(alias or ALL_ACCOUNTS, usual)

    def funding_of(self, alias: str | None) -> Decimal | None:
        """Percent of the notional that a long pays a short each 8 hours; ``None``: not counted."""
        return self.funding.get(alias or ALL_ACCOUNTS, self.funding.get(ALL_ACCOUNTS))


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
    policy: Mapping[str, Rail] = {}
    state_url: str = "sqlite:///.smartplan/sandbox.db"
    ephemeral: bool = False
    settle_window: Decimal = Decimal(120)
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

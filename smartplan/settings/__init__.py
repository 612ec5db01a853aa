"""``smartplan.toml`` and the process environment, as one frozen value."""

from smartplan.settings.environments import (
    FILE_NAME,
    credentials,
    find_file,
    load,
    others,
    user_folder,
)
from smartplan.settings.keys import ENVIRONMENTS, Environment, FeeModel
from smartplan.settings.values import (
    SERVICE_URL,
    ContractTerms,
    Credentials,
    LintSettings,
    RiskSettings,
    Secret,
    Settings,
    default_state_url,
)

__all__ = [
    "ENVIRONMENTS",
    "FILE_NAME",
    "SERVICE_URL",
    "ContractTerms",
    "Credentials",
    "Environment",
    "FeeModel",
    "LintSettings",
    "RiskSettings",
    "Secret",
    "Settings",
    "credentials",
    "default_state_url",
    "find_file",
    "load",
    "others",
    "user_folder",
]

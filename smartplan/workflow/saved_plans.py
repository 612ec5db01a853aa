"""A saved changeset opened again: its plans, and its actions if they are what follows from them."""

from smartplan.changes.saved import Saved
from smartplan.changes.saved_actions import SavedAct, read_acts
from smartplan.errors import SafetyRefusal
from smartplan.workflow.checking import Checked, as_saved


def plans_of(saved: Saved) -> tuple[Checked, tuple[SavedAct, ...]]:
    """Its plans and actions. Raises ``SafetyRefusal`` where they contradict each other."""
    checked = as_saved(saved.inputs, saved.trades, saved.known, saved.accounts)
    try:
        return checked, read_acts(saved, checked.trades)
    except ValueError as error:
        raise SafetyRefusal(
            f"the changeset was changed after it was saved: {error}",
            hint="make it again: `smartplan diff --out FILE`",
        ) from None

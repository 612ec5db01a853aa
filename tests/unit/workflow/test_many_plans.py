"""Many trades over many plans: work grows with their number, and what is shown stays readable."""

import sys
from collections.abc import Callable
from decimal import Decimal

import pytest

from smartplan import settings
from smartplan.changes.changeset import Changeset
from smartplan.errors import UsageError
from smartplan.report import CHANGES, STATUS
from smartplan.report.changes import ChangesReport, ReportContext
from smartplan.report.changes.text import diff_text
from smartplan.report.status import StatusReport
from smartplan.trade.bodies import create_body
from smartplan.trade.fields import digests
from smartplan.workflow import lint_many
from smartplan.workflow.lint_plans import narrowed, open_workspace
from smartplan.workflow.reconciliation import compare
from smartplan.workflow.sources import Inputs
from smartplan.workflow.status import watch
from tests.process import smartplan
from tests.workspace import Workspace

SETTING = ReportContext("embedded exchange", Decimal("0.001"))
A_FILE = 50
DEFAULTS = "defaults: {account: main, take_profit: {enabled: false}}\ntrades:\n"
TRADE = """\
  {name}:
    pair: USDT_SOL
    position: {{type: buy, order_type: limit, units: {{value: {units}}}, price: {{value: {price}}}}}
    stop_loss: {{enabled: true, order_type: market, conditional: {{price: {{value: 80, type: bid}}}}}}
"""  # noqa: E501


def trades(start: int, number: int) -> str:
    each = range(start, start + number)
    return "".join(
        TRADE.format(name=f"t{n}", units=1 + n, price=100 + Decimal(n) / 100) for n in each
    )


def filled(workspace: Workspace, number: int) -> Workspace:
    """``number`` planned trades, ``A_FILE`` in each plan; every second one is open."""
    for start in range(0, number, A_FILE):
        workspace.plan(f"f{start}", DEFAULTS + trades(start, A_FILE))
    for planned in workspace.check().trades[::2]:
        marked = f"[smartplan1:desk/{planned.name}#1 {''.join(digests(planned.trade))} k]"
        workspace.exchange.create(create_body(planned.trade, marked))
    workspace.pause(5)
    workspace.requests({"GET"})
    return workspace


def lint(workspace: Workspace) -> str:
    plans = open_workspace(Inputs(()), settings.load(workspace.folder, {}), workspace.folder)
    return str(lint_many.lint(plans, workspace.time, jobs=1).findings)


def diff(workspace: Workspace) -> str:
    changeset = workspace.diff()
    report = ChangesReport(kind="diff", changeset=changeset, setting=SETTING, changes_id="0" * 16)
    return CHANGES.render(report, "text") + CHANGES.render(report, "markdown")


def status(workspace: Workspace) -> str:
    with workspace.session() as session:
        seen = StatusReport(watch(workspace.check(), session), "embedded exchange")
    return STATUS.render(seen, "text") + STATUS.render(seen, "json")


def calls(job: Callable[[Workspace], str], workspace: Workspace) -> int:
    """How many calls of functions, Python's and C's, a job takes: its work, on any machine."""
    job(workspace)  # what happens once, such as imports
    count = 0

    def tick(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tick)
    try:
        job(workspace)
    finally:
        sys.setprofile(None)
    return count


@pytest.fixture
def new_workspace(tmp_path):
    def made(name: str) -> Workspace:
        folder = tmp_path / name
        folder.mkdir()
        return Workspace(folder)

    return made


@pytest.mark.parametrize(("job", "few"), [(lint, 100), (diff, 200), (status, 200)])
def test_four_times_the_trades_are_at_most_four_times_the_work(new_workspace, job, few):
    # Half of them are open, on a full page or more either way: those are read twice.
    small, large = filled(new_workspace("small"), few), filled(new_workspace("large"), 4 * few)
    assert calls(job, large) <= 4.2 * calls(job, small)


RATES = "/ver1/accounts/currency_rates"


@pytest.mark.parametrize(("job", "rates"), [(diff, [RATES]), (status, [])])
def test_the_exchange_is_asked_for_pages_and_never_for_a_trade(new_workspace, job, rates):
    workspace = filled(new_workspace("desk"), 400)
    job(workspace)
    asked = [path.partition("?")[0] for _, path in workspace.requests({"GET", "POST"})]
    # 200 are open: two pages and an empty one, read twice, and once for names that are not.
    assert asked == ["/ver1/accounts", *["/v2/smart_trades"] * (2 * 3 + 3), *rates]


def test_what_needs_nothing_shares_a_line_where_there_is_much_of_it(new_workspace):
    workspace = filled(new_workspace("desk"), 100)
    shown = diff_text(workspace.diff(), SETTING).splitlines()
    assert "= 50 trades  unchanged" in shown
    assert not [line for line in shown if line.startswith("= t")]
    assert len([line for line in shown if line.startswith("+ t")]) == 50
    few = diff_text(workspace.diff("plans/f0.yaml"), SETTING).splitlines()
    assert "= 25 trades  unchanged" in few


def test_a_handful_of_unchanged_trades_has_a_line_each(new_workspace):
    workspace = new_workspace("desk")
    workspace.plan("f", DEFAULTS + trades(0, 20))
    workspace.apply()
    shown = diff_text(workspace.diff(), SETTING).splitlines()
    assert len([line for line in shown if line.startswith("= t")]) == 20


def chosen(
    workspace: Workspace, *, targets: tuple[str, ...] = (), excluded: tuple[str, ...] = ()
) -> Changeset:
    with workspace.session() as session:
        return compare(narrowed(workspace.check(), targets, excluded), session)


def names(changeset: Changeset) -> set[str]:
    return {action.of.name for action in changeset.actions}


def test_trades_are_chosen_by_name_or_glob_and_the_others_are_no_orphans(new_workspace):
    workspace = new_workspace("desk")
    workspace.plan("f", DEFAULTS + trades(8, 4))
    workspace.apply()
    assert names(chosen(workspace, targets=("t8",))) == {"t8"}
    assert names(chosen(workspace, targets=("t1*",))) == {"t10", "t11"}
    assert names(chosen(workspace, excluded=("t1*", "t9"))) == {"t8"}
    assert names(chosen(workspace, targets=("t8", "t1?"), excluded=("t11",))) == {"t8", "t10"}
    with pytest.raises(UsageError, match="no trade of the plans is called eth"):
        chosen(workspace, targets=("eth",))


@pytest.mark.parametrize("command", ["diff", "status", "drift"])
def test_the_commands_take_target_and_exclude(tmp_path, command):
    (tmp_path / "plan.yaml").write_text(DEFAULTS + trades(8, 4))
    assert smartplan(tmp_path, "apply", "plan.yaml", "--target=t1*", "--yes").returncode == 0
    shown = smartplan(tmp_path, command, "plan.yaml", "--target=t1*", "--exclude=t11")
    assert shown.returncode == 0, shown.stderr
    assert "t9" not in shown.stdout
    assert "t11" not in shown.stdout
    assert smartplan(tmp_path, command, "plan.yaml", "--target=btc*").returncode == 2

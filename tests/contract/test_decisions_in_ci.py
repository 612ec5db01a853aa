"""A CI carries decisions: drift overwritten, a rail set aside, a plan renamed, another deleted."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests.process import finish, smartplan
from tests.runner import Runner, git
from tests.workspace import SETTLES

GH = '#!/usr/bin/env bash\ncase "$*" in *--jq*) ;; esac\n'


class Desk:
    """A workspace in Git, its three workflows, and the exchange they reach."""

    def __init__(self, folder: Path, exchange: Exchange, runner: Runner) -> None:
        self.folder = folder
        self.exchange = exchange
        self.runner = runner

    def commit(self) -> None:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--no-verify", "-m", "change")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")
        self.commit()

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def diff(self, event: str = "push") -> str:
        """The comment; the job must succeed."""
        code, said = self.runner.job("smartplan-changes.yml", "diff", event)
        assert code == 0, said
        return (self.runner.temporary / "comment.md").read_text(encoding="utf-8")

    def apply(self, event: str = "push") -> tuple[int, str]:
        return self.runner.job("smartplan-changes.yml", "apply", event)

    def drift(self) -> tuple[int, str]:
        return self.runner.job("smartplan-drift.yml", "drift", "schedule")

    @property
    def pending(self) -> str:
        return self.runner.known("needs.diff.outputs.pending")

    def trades(self) -> list[dict]:
        return self.exchange.list_trades({"status": "active", "per_page": "100"})

    def stop_of(self, name: str) -> str:
        (found,) = (t for t in self.trades() if f"/{name}#" in t["note"])
        return found["stop_loss"]["conditional"]["price"]["value"]

    def move_stop(self, name: str, price: str) -> None:
        """By hand, on the exchange's own page."""
        (found,) = (t for t in self.trades() if f"/{name}#" in t["note"])
        conditional = {"price": {"value": price, "type": "bid"}}
        stop = {"enabled": True, "order_type": "market", "conditional": conditional}
        self.exchange.update(found["id"], {"stop_loss": stop})
        time.sleep(SETTLES)


def drafted(comment: str) -> str:
    """The file that the comment proposes."""
    found = re.search(r"```yaml\n(# yaml-language-server: .*?)```", comment, re.DOTALL)
    assert found is not None, comment
    return found[1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    assert smartplan(tmp_path, "init", "desk").returncode == 0
    folder = tmp_path / "desk"
    git(folder, "init", "--quiet", "--initial-branch=main")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    store = f"sqlite:///{tmp_path}/journal.db"
    keys = {
        "vars.SMARTPLAN_ENV": "sandbox",
        "secrets.SMARTPLAN_STATE_URL": store,
        "secrets.SMARTPLAN_READ_KEY": SANDBOX_KEY,
        "secrets.SMARTPLAN_READ_SECRET": SANDBOX_SECRET,
        "secrets.SMARTPLAN_API_KEY": SANDBOX_KEY,
        "secrets.SMARTPLAN_API_SECRET": SANDBOX_SECRET,
        "github.token": "t",
        "github.repository": "o/r",
        "github.event.pull_request.number": "7",
    }
    exchange = Exchange()
    with Server(create_app(exchange), port=0) as server:
        runner = Runner(folder, tmp_path, tmp_path / "runner", keys)
        runner.installed(Path(sys.prefix))
        path = finish(["bash", "-c", "echo $PATH"], tmp_path).stdout.strip()
        runner.serve(
            SMARTPLAN_BASE_URL=f"{server.url}/public/api",
            PATH=f"{tools}:{path}",
            XDG_STATE_HOME=str(tmp_path / "home"),
        )
        desk = Desk(folder, exchange, runner)
        desk.commit()
        desk.diff()
        code, said = desk.apply()
        assert code == 0, said
        time.sleep(SETTLES)
        yield desk


def test_drift_is_overwritten_once_the_file_that_the_comment_proposes_is_merged(desk: Desk) -> None:
    desk.move_stop("eth-range", "2200.0")
    assert desk.drift()[0] == 3
    comment = desk.diff("pull_request")
    assert "1 trade blocked" in comment
    assert "overwrite-drift: [eth-range]" in drafted(comment)
    desk.write("decisions.yaml", drafted(comment))
    after = desk.diff("pull_request")
    assert "Decided in `decisions.yaml`" in after
    assert "Next: merge." in after
    desk.diff()
    code, said = desk.apply()
    assert code == 0, said
    assert desk.stop_of("eth-range") == "2300.0"
    assert desk.drift()[0] == 0


def test_the_same_by_an_input(desk: Desk) -> None:
    desk.move_stop("eth-range", "2200.0")
    desk.runner.inputs = {"overwrite-drift": "eth-range"}
    desk.diff("workflow_dispatch")
    assert desk.pending == "true"
    code, said = desk.apply("workflow_dispatch")
    assert code == 0, said
    assert desk.stop_of("eth-range") == "2300.0"


def test_a_guard_rail_is_set_aside_with_a_reason_that_was_reviewed(desk: Desk) -> None:
    # 2 × (2400·1.001 − 2300·0.999) = 209.4: 2.1 % of the equity, and the rail is 1 %.
    desk.replace("plans/eth-range.yaml", "value: 0.2 }", "value: 2 }")
    comment = desk.diff()
    assert "override: [max_loss_at_stop:eth-range]" in drafted(comment)
    assert "Until then apply refuses." in comment
    code, said = desk.apply()
    assert (code, "max_loss_at_stop" in said) == (5, True), said
    desk.write("decisions.yaml", drafted(comment))
    code, said = desk.runner.job("smartplan-changes.yml", "diff", "push")
    assert (code, "say why" in said) == (2, True)
    desk.write("decisions.yaml", drafted(comment).replace("…", "agreed with the desk"))
    assert "Next: merge." in desk.diff()
    code, said = desk.apply()
    assert code == 0, said
    assert "agreed with the desk" in desk.runner.summary.read_text(encoding="utf-8")


def test_a_renamed_plan_goes_on_and_a_deleted_one_is_told(desk: Desk) -> None:
    plan = (desk.folder / "plans" / "eth-range.yaml").read_text(encoding="utf-8")
    (desk.folder / "plans" / "eth-range.yaml").unlink()
    plan = plan.replace("  eth-range:", "  eth-box:")
    plan = plan.replace("lifecycle:\n", "lifecycle:\n      renamed_from: eth-range\n")
    desk.write("plans/eth-box.yaml", plan)
    (desk.folder / "plans" / "btc-swing.yaml").unlink()
    desk.commit()
    comment = desk.diff("pull_request")
    assert "eth-box" in comment
    assert "does not close its position" in comment
    assert "Next: merge." in comment
    desk.diff()
    code, said = desk.apply()
    assert code == 0, said
    assert {t["status"]["type"] for t in desk.trades()} == {"waiting_position"}
    assert any("/eth-box#" in trade["note"] for trade in desk.trades())
    code, said = desk.drift()
    assert (code, "1 trade in no plan" in said) == (3, True), said


def test_lint_needs_no_decision_and_a_decision_that_is_over_does_nothing(desk: Desk) -> None:
    desk.move_stop("eth-range", "2200.0")
    desk.write("decisions.yaml", "until: 2020-01-01T00:00:00Z\noverwrite-drift: [eth-range]\n")
    code, said = desk.runner.job("smartplan.yml", "lint", "pull_request")
    assert code == 0, said
    assert "1 trade blocked" in desk.diff()

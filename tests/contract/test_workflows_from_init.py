"""The workflows that `init` writes, step by step as a runner takes them: a shell, a clean clone, no terminal."""  # noqa: E501

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests import postgres
from tests.process import finish, smartplan
from tests.runner import Runner, git
from tests.traps import POISONED, set_traps
from tests.wheel import Built

ROOT = Path(__file__).parents[2]
GH = """#!/usr/bin/env bash
# Stands in for GitHub: remembers comments, and finds one by its marker.
case "$*" in
  *--jq*) cat "$GH_FOUND" 2>/dev/null || true ;;
  *) printf '%s\\n' "$*" >> "$GH_LOG" ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path, built: Built) -> Path:
    """A new workspace under Git whose CI installs this smartplan."""
    assert smartplan(tmp_path, "init", "desk").returncode == 0
    folder = tmp_path / "desk"
    for workflow in (folder / ".github" / "workflows").iterdir():
        pinned = re.sub(
            r"(SMARTPLAN_PIN: smartplan\[postgres\]) @ \S+",
            rf"\1 @ {built.wheel.as_uri()}",
            workflow.read_text(),
        )
        assert built.wheel.as_uri() in pinned
        workflow.write_text(pinned)
    set_traps(folder, tmp_path / "sprung")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "-m", "all")
    return folder


def reader(database: postgres.Server) -> str:
    """The URL of the store by a role that may only read it, made as docs/store.md says."""
    made = smartplan(ROOT, "state", "migrate", SMARTPLAN_STATE_URL=database.url)
    assert made.returncode == 0, made.stderr
    page = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
    (sql,) = re.findall(r"```sql\n( *CREATE ROLE smartplan_reader .*?)```", page, re.DOTALL)
    database.execute("DROP ROLE IF EXISTS smartplan_reader")
    database.execute(sql.replace("…", "looking"))
    address = urlsplit(database.url)
    return address._replace(netloc=f"smartplan_reader:looking@127.0.0.1:{address.port}").geturl()


def test_from_a_pull_request_to_the_exchange(
    folder: Path, tmp_path: Path, database: postgres.Server
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    log, found = tmp_path / "gh.log", tmp_path / "gh.found"
    exchange = Exchange()
    with Server(create_app(exchange), port=0) as server:
        runner = Runner(
            folder,
            tmp_path,
            tmp_path / "runner",
            {
                "vars.SMARTPLAN_ENV": "sandbox",
                "secrets.SMARTPLAN_STATE_URL": reader(database),
                "secrets.SMARTPLAN_READ_KEY": SANDBOX_KEY,
                "secrets.SMARTPLAN_READ_SECRET": SANDBOX_SECRET,
                "smartplan-apply/secrets.SMARTPLAN_API_KEY": SANDBOX_KEY,
                "smartplan-apply/secrets.SMARTPLAN_API_SECRET": SANDBOX_SECRET,
                "smartplan-apply/secrets.SMARTPLAN_STATE_URL": database.url,
                "github.token": "t",
                "github.repository": "o/r",
                "github.event.pull_request.number": "7",
            },
        )
        environment = finish(["bash", "-c", "echo $PATH"], tmp_path).stdout.strip()
        runner.serve(
            SMARTPLAN_BASE_URL=f"{server.url}/public/api",
            PATH=f"{tools}:{environment}",
            GH_LOG=str(log),
            GH_FOUND=str(found),
            **POISONED,
        )
        code, said = runner.job("smartplan.yml", "lint", "pull_request")
        assert code == 0, said
        assert not (tmp_path / "sprung").exists()
        assert exchange.log == []

        code, said = runner.job("smartplan-changes.yml", "diff", "pull_request")
        assert code == 0, said
        assert "2 to create" in said
        comments = "repos/o/r/issues/7/comments"
        body = f"body=@{runner.temporary}/comment.md"
        assert log.read_text() == f"api --silent {comments} --field {body}\n"
        found.write_text("https://api.example/comments/1\n")
        runner.job("smartplan-changes.yml", "diff", "pull_request")
        again = log.read_text().splitlines()[1]
        assert again == f"api --silent --method PATCH https://api.example/comments/1 --field {body}"

        code, said = runner.job("smartplan-changes.yml", "diff", "push")
        assert (code, runner.known("needs.diff.outputs.pending")) == (0, "true"), said
        assert len(log.read_text().splitlines()) == 2
        code, said = runner.job("smartplan-changes.yml", "apply", "push")
        assert code == 0, said
        assert "2 done, 0 failed" in runner.summary.read_text()
        code, said = runner.job("smartplan-drift.yml", "drift", "schedule")
        assert code == 0, said

        # What was reviewed is done; the same id does nothing a second time.
        code, said = runner.job("smartplan-changes.yml", "apply", "push")
        assert code == 5
        assert "not the reviewed" in said
        runner.job("smartplan-changes.yml", "diff", "push")
        assert runner.known("needs.diff.outputs.pending") == "false"
    assert SANDBOX_SECRET not in said
    assert not (tmp_path / "sprung").exists(), "something of the checkout ran"

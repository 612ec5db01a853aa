"""``smartplan state``, and which store a workspace uses."""

import sqlite3
from urllib.parse import urlsplit

import pytest

from smartplan import settings
from smartplan.errors import UsageError
from tests.plans import PLAN
from tests.process import smartplan


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "btc.yaml").write_text(PLAN)
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\n')
    return tmp_path


def test_a_check_says_where_the_store_is_and_what_is_in_it(folder, database):
    for where, shown in (
        ({}, "sqlite:///.smartplan/sandbox.db"),
        ({"SMARTPLAN_STATE_URL": database.url}, "postgresql+psycopg://127.0.0.1:"),
    ):
        smartplan(folder, "sandbox", "reset")
        assert smartplan(folder, "apply", "btc.yaml", "--yes", **where).returncode == 0
        done = smartplan(folder, "state", "check", **where)
        assert (done.returncode, done.stderr) == (0, "")
        first, second, third = done.stdout.splitlines()
        assert first.startswith(shown)
        assert first.endswith(", version 1")
        assert second == "desk (sandbox): 4 events, 1 known trades, 0 open claims"
        assert third == "sound, and can be written"


def test_a_check_names_what_is_wrong(folder):
    smartplan(folder, "apply", "btc.yaml", "--yes")
    with sqlite3.connect(folder / ".smartplan" / "sandbox.db") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("INSERT INTO changeset VALUES ('x', 4711)")
    connection.close()
    done = smartplan(folder, "state", "check")
    assert done.returncode == 1
    assert "wrong: table changeset, row 1: points to nothing" in done.stdout


def test_a_store_that_is_none_is_said(folder):
    (folder / ".smartplan").mkdir()
    (folder / ".smartplan" / "sandbox.db").touch(0o600)
    (folder / ".smartplan" / "sandbox.db").write_text("dear diary, " * 100)
    done = smartplan(folder, "state", "check")
    assert done.returncode == 5
    assert "cannot be used: file is not a database" in done.stderr
    assert smartplan(folder, "status", "btc.yaml").returncode == 5
    (folder / ".smartplan" / "sandbox.db").rename(folder / "kept.db")
    assert smartplan(folder, "status", "btc.yaml").returncode == 0


def test_migrating_is_needed_once_and_said(folder, database):
    database.execute("CREATE SCHEMA smartplan")
    database.execute("CREATE TABLE smartplan.migration (number INTEGER PRIMARY KEY)")
    where = {"SMARTPLAN_STATE_URL": database.url}
    refused = smartplan(folder, "diff", "btc.yaml", **where)
    assert refused.returncode == 5
    assert "`smartplan state migrate` brings it up to date." in refused.stderr
    done = smartplan(folder, "state", "migrate", **where)
    assert done.returncode == 0
    assert done.stdout.endswith("is up to date: version 1\n")
    assert smartplan(folder, "diff", "btc.yaml", **where).returncode == 0


def test_no_command_prints_the_password_of_the_store(folder, database):
    where = {"SMARTPLAN_STATE_URL": database.url}
    password = urlsplit(database.url).password
    for words in (["doctor"], ["state", "check"], ["diff", "btc.yaml"], ["history"]):
        done = smartplan(folder, *words, **where)
        assert password not in done.stdout + done.stderr
    wrong = {"SMARTPLAN_STATE_URL": database.url.replace("smartplan:", "nobody:")}
    for words in (["doctor"], ["state", "check"], ["diff", "btc.yaml"]):
        done = smartplan(folder, *words, **wrong)
        assert "authentication failed" in done.stdout + done.stderr
        assert password not in done.stdout + done.stderr


def test_the_environment_names_the_store_before_the_file(folder):
    (folder / "smartplan.toml").write_text('[state]\nurl = "sqlite:///other.db"\n')
    assert settings.load(folder, {}).state_url == "sqlite:///other.db"
    given = {"SMARTPLAN_STATE_URL": "postgresql+psycopg://me:hunter2@db/desk"}
    loaded = settings.load(folder, given)
    assert loaded.state_url == given["SMARTPLAN_STATE_URL"]
    assert "hunter2" not in repr(loaded)


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://me:hunter2@db/desk", "postgresql://me@db/x?password=hunter2"]
)
def test_a_password_in_git_is_refused_and_not_repeated(folder, url):
    (folder / "smartplan.toml").write_text(f'[state]\nurl = "{url}"\n')
    with pytest.raises(UsageError, match="this file is in Git") as caught:
        settings.load(folder, {})
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"
    assert "SMARTPLAN_STATE_URL" in caught.value.hint

"""A journal that somebody else can write, or has put there, is neither read nor written."""

import os
from pathlib import Path

import pytest

from tests.plans import PLAN
from tests.process import smartplan

STRANGER = 54_321
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
COMMANDS = [
    ("state", "check"),
    ("apply", "btc.yaml", "--yes"),
    ("diff", "btc.yaml"),
    ("history",),
    ("status", "btc.yaml"),
]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "btc.yaml").write_text(PLAN)
    (desk / "smartplan.toml").write_text('workspace = "desk"\n')
    assert smartplan(desk, "apply", "btc.yaml", "--yes").returncode == 0
    return desk


def refused(desk: Path, said: str, *, commands: list[tuple[str, ...]] = COMMANDS) -> None:
    for command in commands:
        done = smartplan(desk, *command)
        assert done.returncode == 5, (command, done.stdout, done.stderr)
        assert said in done.stderr
        assert "sound" not in done.stdout
        assert len(done.stderr.strip().splitlines()) == 2  # what is wrong, and the way out


def test_what_smartplan_makes_itself_is_private(desk: Path) -> None:
    modes = {file.name: file.stat().st_mode & 0o777 for file in (desk / ".smartplan").iterdir()}
    assert (desk / ".smartplan").stat().st_mode & 0o777 == 0o700
    assert modes["sandbox.db"] == modes["sandbox.json"] == 0o600
    done = smartplan(desk, "state", "check")
    assert "sound" in done.stdout


def test_a_folder_that_is_a_link_out_of_the_workspace(desk: Path) -> None:
    (desk / ".smartplan").rename(desk.parent / "elsewhere")
    (desk / ".smartplan").symlink_to("../elsewhere")
    refused(desk, ".smartplan is a link out of the workspace")
    done = smartplan(desk, "sandbox", "reset")
    assert done.returncode == 5
    assert (desk.parent / "elsewhere" / "sandbox.db").exists()


@pytest.mark.parametrize("name", ["sandbox.db", "sandbox.db-wal", "sandbox.db.desk.sandbox.lock"])
def test_a_file_that_is_a_link_out_of_the_workspace(desk: Path, name: str) -> None:
    target = desk.parent / "target"
    target.write_bytes(b"")
    (desk / ".smartplan" / name).unlink(missing_ok=True)
    (desk / ".smartplan" / name).symlink_to(target)
    refused(desk, f"{name} is a link out of the workspace")
    assert target.read_bytes() == b""


def test_a_folder_that_others_can_write(desk: Path) -> None:
    (desk / ".smartplan").chmod(0o777)
    refused(desk, ".smartplan can be written by other users")
    (desk / ".smartplan").chmod(0o700)
    assert smartplan(desk, "state", "check").returncode == 0


@pytest.mark.parametrize(
    ("mode", "what"), [(0o666, "written"), (0o644, "read"), (0o620, "written")]
)
def test_a_journal_that_others_can_read_or_write(desk: Path, mode: int, what: str) -> None:
    (desk / ".smartplan" / "sandbox.db").chmod(mode)
    refused(desk, f"sandbox.db can be {what} by other users")


def test_an_exchange_that_others_can_write(desk: Path) -> None:
    (desk / ".smartplan" / "sandbox.json").chmod(0o666)
    said = "sandbox.json can be written by other users"
    refused(desk, said, commands=[("apply", "btc.yaml", "--yes"), ("diff", "btc.yaml")])


@AS_ROOT
@pytest.mark.parametrize("name", ["", "sandbox.db", "sandbox.db.desk.sandbox.lock"])
def test_what_belongs_to_another_user(desk: Path, name: str) -> None:
    os.chown(desk / ".smartplan" / name, STRANGER, STRANGER)
    refused(desk, f"belongs to another user ({STRANGER})")


@AS_ROOT
def test_what_belongs_to_the_owner_of_the_workspace_is_fine(desk: Path) -> None:
    for path in (desk, *(desk / ".smartplan").iterdir(), desk / ".smartplan"):
        os.chown(path, STRANGER, STRANGER)
    assert "sound" in smartplan(desk, "state", "check").stdout


@pytest.mark.parametrize("url", ["sqlite:////tmp/x.db", "sqlite:///../x.db", "sqlite:///a/../../x"])
def test_settings_cannot_name_a_store_outside_of_the_workspace(desk: Path, url: str) -> None:
    (desk / "smartplan.toml").write_text(f'[state]\nurl = "{url}"\n')
    done = smartplan(desk, "state", "check")
    assert done.returncode == 2
    assert "`state.url` names a file outside of the workspace" in done.stderr
    assert "SMARTPLAN_STATE_URL" in done.stderr


def test_a_person_can_name_a_store_elsewhere(desk: Path) -> None:
    where = {"SMARTPLAN_STATE_URL": f"sqlite:///{desk.parent}/kept.db"}
    assert smartplan(desk, "apply", "btc.yaml", "--yes", **where).returncode in {0, 1, 3, 6}
    assert "sound" in smartplan(desk, "state", "check", **where).stdout

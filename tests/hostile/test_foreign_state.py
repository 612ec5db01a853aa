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
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "btc.yaml").write_text(PLAN)
    (folder / "smartplan.toml").write_text('workspace = "desk"\n')
    assert smartplan(folder, "apply", "btc.yaml", "--yes").returncode == 0
    return folder


def refused(folder: Path, said: str, *, commands: list[tuple[str, ...]] = COMMANDS) -> None:
    for command in commands:
        done = smartplan(folder, *command)
        assert done.returncode == 5, (command, done.stdout, done.stderr)
        assert said in done.stderr
        assert "sound" not in done.stdout
        assert len(done.stderr.strip().splitlines()) == 2  # what is wrong, and the way out


def test_what_smartplan_makes_itself_is_private(folder: Path) -> None:
    modes = {file.name: file.stat().st_mode & 0o777 for file in (folder / ".smartplan").iterdir()}
    assert (folder / ".smartplan").stat().st_mode & 0o777 == 0o700
    assert modes["sandbox.db"] == modes["sandbox.json"] == 0o600
    done = smartplan(folder, "state", "check")
    assert "sound" in done.stdout


def test_a_folder_that_is_a_link_out_of_the_workspace(folder: Path) -> None:
    (folder / ".smartplan").rename(folder.parent / "elsewhere")
    (folder / ".smartplan").symlink_to("../elsewhere")
    refused(folder, ".smartplan is a link out of the workspace")
    done = smartplan(folder, "sandbox", "reset")
    assert done.returncode == 5
    assert (folder.parent / "elsewhere" / "sandbox.db").exists()


@pytest.mark.parametrize("name", ["sandbox.db", "sandbox.db-wal", "sandbox.db.desk.sandbox.lock"])
def test_a_file_that_is_a_link_out_of_the_workspace(folder: Path, name: str) -> None:
    target = folder.parent / "target"
    target.write_bytes(b"")
    (folder / ".smartplan" / name).unlink(missing_ok=True)
    (folder / ".smartplan" / name).symlink_to(target)
    refused(folder, f"{name} is a link out of the workspace")
    assert target.read_bytes() == b""


def test_a_folder_that_others_can_write(folder: Path) -> None:
    (folder / ".smartplan").chmod(0o777)
    refused(folder, ".smartplan can be written by other users")
    (folder / ".smartplan").chmod(0o700)
    assert smartplan(folder, "state", "check").returncode == 0


@pytest.mark.parametrize(
    ("mode", "what"), [(0o666, "written"), (0o644, "read"), (0o620, "written")]
)
def test_a_journal_that_others_can_read_or_write(folder: Path, mode: int, what: str) -> None:
    (folder / ".smartplan" / "sandbox.db").chmod(mode)
    refused(folder, f"sandbox.db can be {what} by other users")


def test_an_exchange_that_others_can_write(folder: Path) -> None:
    (folder / ".smartplan" / "sandbox.json").chmod(0o666)
    said = "sandbox.json can be written by other users"
    refused(folder, said, commands=[("apply", "btc.yaml", "--yes"), ("diff", "btc.yaml")])


@AS_ROOT
@pytest.mark.parametrize("name", ["", "sandbox.db", "sandbox.db.desk.sandbox.lock"])
def test_what_belongs_to_another_user(folder: Path, name: str) -> None:
    os.chown(folder / ".smartplan" / name, STRANGER, STRANGER)
    refused(folder, f"belongs to another user ({STRANGER})")


@AS_ROOT
def test_what_belongs_to_the_owner_of_the_workspace_is_fine(folder: Path) -> None:
    for path in (folder, *(folder / ".smartplan").iterdir(), folder / ".smartplan"):
        os.chown(path, STRANGER, STRANGER)
    assert "sound" in smartplan(folder, "state", "check").stdout


@pytest.mark.parametrize("url", ["sqlite:////tmp/x.db", "sqlite:///../x.db", "sqlite:///a/../../x"])
def test_settings_cannot_name_a_store_outside_of_the_workspace(folder: Path, url: str) -> None:
    (folder / "smartplan.toml").write_text(f'[state]\nurl = "{url}"\n')
    done = smartplan(folder, "state", "check")
    assert done.returncode == 2
    assert "`state.url` names a file outside of the workspace" in done.stderr
    assert "SMARTPLAN_STATE_URL" in done.stderr


def test_a_person_can_name_a_store_elsewhere(folder: Path) -> None:
    where = {"SMARTPLAN_STATE_URL": f"sqlite:///{folder.parent}/kept.db"}
    assert smartplan(folder, "apply", "btc.yaml", "--yes", **where).returncode in {0, 1, 3, 6}
    assert "sound" in smartplan(folder, "state", "check", **where).stdout

import stat
from pathlib import Path

from smartplan.state.folder import make_private


def test_ours_is_private_and_ignores_itself(tmp_path: Path) -> None:
    folder = tmp_path / ".smartplan"
    make_private(folder)
    make_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    ignored = folder / ".gitignore"
    assert ignored.read_text() == "*\n"
    assert stat.S_IMODE(ignored.stat().st_mode) == 0o600


def test_what_somebody_wrote_there_stays_and_another_folder_gets_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".smartplan"
    folder.mkdir()
    (folder / ".gitignore").write_text("mine\n")
    make_private(folder)
    assert (folder / ".gitignore").read_text() == "mine\n"
    make_private(tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []

"""smartplan as others get it: built, and installed where nothing of this checkout is in reach."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tests.process import finish

ROOT = Path(__file__).parents[1]
NOT_OURS = shutil.ignore_patterns(
    ".git", ".venv*", "*_cache", "__pycache__", ".hypothesis", ".smartplan", "dist", "site"
)
INSTALLING = 400
"""Seconds that an installation may take on a slow line."""


@dataclass(frozen=True)
class Built:
    """The distributions, and a fresh environment with nothing but the wheel and what it needs."""

    wheel: Path
    sdist: Path
    environment: Path

    @property
    def smartplan(self) -> str:
        return str(self.environment / "bin" / "smartplan")

    @property
    def python(self) -> str:
        return str(self.environment / "bin" / "python")


def built_in(folder: Path) -> Built:
    """What stands in ``folder``; whoever comes first builds it there."""
    with FileLock(f"{folder}.lock"):
        ready = folder / "ready"
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _build(folder)
            _install(folder)
            ready.touch()
    (wheel,) = folder.glob("dist/*.whl")
    (sdist,) = folder.glob("dist/*.tar.gz")
    return Built(wheel, sdist, folder / "smartplan")


def _build(folder: Path) -> None:
    """The sdist from a copy of this checkout, the wheel from the sdist."""
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=NOT_OURS)
    _run([sys.executable, "-m", "build", "--no-isolation", "--outdir", "../dist"], source)
    shutil.rmtree(source)


def _install(folder: Path) -> None:
    """The wheel in a fresh environment."""
    environment = folder / "smartplan"
    (wheel,) = folder.glob("dist/*.whl")
    _run([sys.executable, "-m", "venv", str(environment)], folder)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--quiet", "install"]
    _run([*pip, "--disable-pip-version-check", str(wheel)], folder)


def _run(command: list[str], folder: Path) -> None:
    done = finish(command, folder, timeout=INSTALLING, PYTHONPATH="", PIP_NO_INPUT="1")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def outside(folder: Path) -> dict[str, str]:
    """An environment whose PATH does not lead to this checkout's."""
    ours = str(Path(sys.executable).parent)
    path = [part for part in os.environ["PATH"].split(os.pathsep) if part != ours]
    return {"PATH": os.pathsep.join(path), "HOME": str(folder), "PYTHONPATH": ""}

"""What a pull request may bring to have something of its own run: a trap under every name."""

import os
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

POISONED = {"PYTHONPATH": ".:", "PYTHONSTARTUP": "startup.py"}
"""What a careless job sets, so that Python finds the checkout by itself."""

_OTHERS = (
    "sitecustomize", "usercustomize", "startup", "tools", "smartplan", "distutils-precedence",
    "_distutils_hack", "setuptools", "pkg_resources", "hatchling", "wheel", "conftest", "setup",
)  # fmt: skip
_COMMANDS = ("python", "python3", "pip", "git", "gh", "bash", "sh", "smartplan-lint", "cat", "rm")
_PACKAGES = frozenset({"smartplan", "yaml", "json", "click"})
"""Also as folders."""


def set_traps(folder: Path, sprung: Path, names: Iterable[str] = ()) -> None:
    """Fill ``folder``; whatever of it is run adds its name to the file ``sprung``.

    ``names``: these modules alone; otherwise every one there is.
    """
    for name in sorted(names or _names()):
        code = _trap(name, sprung)
        if name in _PACKAGES:
            (folder / name).mkdir(exist_ok=True)
            (folder / name / "__init__.py").write_text(code)
            (folder / name / "__main__.py").write_text(code)
        else:
            (folder / f"{name}.py").write_text(code)
    for name in _COMMANDS:
        file = folder / name
        file.write_text(f"#!/bin/sh\necho {name} >> '{sprung}'\n")
        file.chmod(0o755)
    (folder / "x.pth").write_text(_trap("x.pth", sprung))
    (folder / "pyvenv.cfg").write_text("home = .\ninclude-system-site-packages = true\n")
    (folder / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/simple\n")
    (folder / "setup.cfg").write_text("[install]\nprefix = .\n[easy_install]\nindex_url = x\n")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "theirs"\nversion = "1"\n'
    )
    (folder / "backend.py").write_text(_trap("backend", sprung))
    (folder / "requirements-smartplan.txt").write_text(".\n")
    (folder / "requirements.txt").write_text(".\n")
    (folder / ".gitattributes").write_text("* filter=trap diff=trap merge=trap\n")
    (folder / ".gitconfig").write_text(f'[core]\nfsmonitor = "echo git >> {sprung}"\n')


def _trap(name: str, sprung: Path) -> str:
    """One line that works before Python is ready, when there is no ``open`` yet."""
    how = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    line = f"{name}\n".encode()
    return f"import posix; posix.write(posix.open({str(sprung)!r}, {how}, 0o600), {line!r})\n"


def _names() -> set[str]:
    """The modules of Python, those that are installed here, and a few that are looked for."""
    installed = set(metadata.packages_distributions())
    names = {name for name in sys.stdlib_module_names | installed if name.isidentifier()}
    return {*names, *_OTHERS} - {"builtins", "sys", "tests"}

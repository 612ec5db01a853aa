"""Where this smartplan was installed from, as what installs the same elsewhere."""

import json
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

REGISTERED = False
"""Whether the name is ours on the package index; until then nothing is installed by its name."""

EXTRA = "smartplan[postgres]"
UNKNOWN = f"{EXTRA} @ git+https://HOST/OWNER/smartplan@COMMIT"


class Pin(Struct, frozen=True):
    """A requirement of pip, ``known`` if it can be installed, and a ``remark`` on its origin."""

    requirement: str
    remark: str
    known: bool = True


def pin(version: str) -> Pin:
    """This smartplan as a release, else as the commit that it was installed from."""
    if REGISTERED:
        return Pin(f"{EXTRA}=={version}", "A release of the package index.")
    found = _git_reference()
    if found is None:
        remark = "The name is on no package index yet: put the repository and the commit here."
        return Pin(UNKNOWN, remark, known=False)
    return Pin(f"{EXTRA} @ git+{found}", "A commit of the repository: the name is on no index yet.")


def _git_reference() -> str | None:
    """``URL@COMMIT``, without what somebody may have written into the URL to get in."""
    said = _direct_url()
    url, vcs = str(said.get("url", "")), said.get("vcs_info")
    if isinstance(vcs, dict) and vcs.get("vcs") == "git" and vcs.get("commit_id"):
        return _public(url, str(vcs["commit_id"]))
    if "dir_info" not in said or not url.startswith("file:"):
        return None
    folder = unquote(urlsplit(url).path)
    remote, commit = _git(folder, "remote", "get-url", "origin"), _git(folder, "rev-parse", "HEAD")
    return _public(remote, commit) if remote and commit else None


def _public(url: str, commit: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return None  # what a runner cannot reach without a key of its own
    port = f":{parts.port}" if parts.port else ""
    return f"https://{parts.hostname}{port}{parts.path}@{commit}"


def _direct_url() -> dict[str, object]:
    """What pip has written down (PEP 610); empty where it has not."""
    try:
        text = Distribution.from_name("smartplan").read_text("direct_url.json")
    except PackageNotFoundError:
        return {}
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def _git(folder: str, *words: str) -> str:
    import subprocess

    command = ["git", "-C", folder, *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603  # fixed words
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 and Path(folder).is_dir() else ""

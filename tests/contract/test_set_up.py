"""Set up twice is set up alike, and nothing is installed but by the targets that say so."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.installers import Guard
from tests.process import finish

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "dev.txt"
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
IMPOSSIBLE = 77


def pins(text: str) -> dict[str, Requirement]:
    """The lines of a lock, by name."""
    lines = (line for line in text.splitlines() if line and not line.lstrip().startswith("#"))
    read = map(Requirement, lines)
    return {canonicalize_name(one.name): one for one in read}


def version_of(pin: Requirement) -> Version:
    (only,) = pin.specifier
    assert only.operator == "=="
    return Version(only.version)


LOCKED = pins(LOCK.read_text(encoding="utf-8"))


def declared() -> list[Requirement]:
    """Everything that pyproject.toml names, and what builds the package."""
    building = tomllib.loads(TEXT)["build-system"]["requires"]
    named = [*PROJECT["dependencies"], *EXTRAS["postgres"], *EXTRAS["dev"], *building]
    return [one for one in map(Requirement, named) if one.name != "smartplan"]


def needed() -> Iterator[str]:
    """What a development environment needs here, through all that it needs in turn."""
    waiting = [("smartplan", "dev"), ("smartplan", "postgres"), ("smartplan", "")]
    seen = set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        yield name
        for text in distribution(name).requires or ():
            one = Requirement(text)
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                own = canonicalize_name(one.name)
                waiting += [(own, ""), *((own, more) for more in one.extras)]


def test_every_declared_dependency_is_locked_at_a_version_that_fits() -> None:
    assert len(declared()) > 25
    missing = [one.name for one in declared() if canonicalize_name(one.name) not in LOCKED]
    assert missing == []
    unfit = [
        f"{one} is locked at {version_of(LOCKED[canonicalize_name(one.name)])}"
        for one in declared()
        if version_of(LOCKED[canonicalize_name(one.name)]) not in one.specifier
    ]
    assert unfit == [], "`make lock` locks what pyproject.toml asks for"


def test_what_the_dependencies_need_is_locked_too() -> None:
    names = set(needed()) - {"smartplan"}
    assert len(names) > 60
    assert names - LOCKED.keys() == set()


@pytest.mark.skipif(
    os.environ.get("PIP_CONSTRAINT") != str(LOCK),
    reason="`make test` runs this where the lock was installed",
)
def test_what_is_installed_is_what_is_locked() -> None:
    installed = {canonicalize_name(one.name): Version(one.version) for one in distributions()}
    expected = {
        name: version_of(pin)
        for name, pin in LOCKED.items()
        if name in set(needed()) | {"pip"} and (pin.marker is None or pin.marker.evaluate())
    }
    assert {name: installed[name] for name in expected} == expected


def test_the_lock_is_of_no_machine_and_no_registry() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert "make lock" in text.splitlines()[1]
    assert not re.search(r"://|--(extra-)?index|--find-links|\B/\w|\.(com|org|io)\b", text)


def make(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """A make of its own: what the make that runs the tests was given counts for nothing here."""
    given = ("PYTHON", "VENV", "WORKERS", "CONSTRAINTS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    clean = [word for name in given for word in ("-u", name)]
    return finish(["env", *clean, "make", "--no-print-directory", *words], folder)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What ``make`` looks at, and an environment that was set up from it."""
    for name in ("Makefile", "pyproject.toml", "requirements/dev.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes((ROOT / name).read_bytes())
        os.utime(file, (1_000, 1_000))
    ready = tmp_path / ".venv" / ".ready"
    ready.parent.mkdir()
    ready.touch()
    os.utime(ready, (2_000, 2_000))
    return tmp_path


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/dev.txt"])
def test_an_environment_is_set_up_again_after_a_change_of_what_it_is_made_from(
    checkout: Path, changed: str
) -> None:
    assert make(checkout, "--question", "setup").returncode == 0
    os.utime(checkout / changed, (3_000, 3_000))
    assert make(checkout, "--question", "setup").returncode == 1


@pytest.mark.parametrize("target", ["demo", "check", "test"])
def test_every_way_in_installs_the_lock_and_nothing_else(checkout: Path, target: str) -> None:
    os.utime(checkout / "requirements" / "dev.txt", (3_000, 3_000))
    lines = make(checkout, "--dry-run", target).stdout.splitlines()
    installing = [line for line in lines if " install " in line and "pip" in line]
    assert len(installing) == 2
    assert all("--constraint requirements/dev.txt" in line for line in installing)


@pytest.mark.parametrize(
    ("target", "folder", "constraint"),
    [("newest", ".venv-newest", None), ("minimum", ".venv-minimum", ".minimum.txt")],
)
def test_the_edges_of_what_is_allowed_are_tested_in_environments_of_their_own(
    target: str, folder: str, constraint: str | None
) -> None:
    said = make(ROOT, "--dry-run", target, f"VENV={folder}-none").stdout
    installing = [line for line in said.splitlines() if "--editable" in line]
    assert all(line.startswith(f"{folder}/bin/python") for line in installing)
    for line in installing:
        found = re.search(r"--constraint (\S+)", line)
        assert (found[1] if found else None) == constraint


def test_the_lowest_versions_are_those_of_pyproject_and_all_others_the_locks() -> None:
    done = finish([sys.executable, "scripts/minimum"], ROOT)
    lowest = pins(done.stdout)
    floors = {
        canonicalize_name(one.name): next(s.version for s in one.specifier if s.operator == ">=")
        for one in map(Requirement, (*PROJECT["dependencies"], *EXTRAS["postgres"]))
    }
    assert {name: str(version_of(lowest[name])) for name in floors} == floors
    assert lowest.keys() == LOCKED.keys()


def test_what_differs_from_the_lock_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    said = re.sub("(?m)^click==.*$", "click==8.0.0", LOCK.read_text(encoding="utf-8"))
    lock.write_text(said, encoding="utf-8")
    done = finish(
        [sys.executable, str(ROOT / "scripts" / "moved"), str(lock)], tmp_path, PIP_NO_INDEX="1"
    )
    assert f"  click: 8.0.0 → {distribution('click').version}\n" in done.stdout


def bounds() -> Mapping[str, tuple[str, str]]:
    """By name: the upper bound of what users install, and the reason beside it."""
    found = re.findall(r'^  "([\w-]+)(?:\[\w+\])?>=[\d.]+,<([\d.]+)",(?: # (.+))?$', TEXT, re.M)
    return {name: (bound, reason) for name, bound, reason in found}


def imported() -> set[str]:
    """Every module that the package imports, by its full name."""
    text = "\n".join(file.read_text("utf-8") for file in (ROOT / "smartplan").rglob("*.py"))
    return set(re.findall(r"^\s*(?:from|import) ([\w.]+)", text, re.M))


def test_what_may_break_without_a_word_has_an_upper_bound_and_a_reason() -> None:
    assert all(len(reason) > 20 for _, reason in bounds().values())
    private = {name.split(".")[0] for name in imported() if re.search(r"\._(?!_)", name)}
    assert private == {"yaml"}
    young = {
        one.name
        for one in map(Requirement, PROJECT["dependencies"])
        if version_of(LOCKED[canonicalize_name(one.name)]) < Version("1")
        and one.name.replace("-", "_") in {name.split(".")[0] for name in imported()}
    }
    assert young == {"httpx", "jsonschema-rs", "msgspec"}
    assert bounds().keys() == young | {"pyyaml", "jinja2", "waitress"}


# --- other programs ----------------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path: Path) -> Mapping[str, str]:
    """A machine with a shell and neither PostgreSQL nor Chromium; its installers keep a record."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "env", "dirname", "cat", "tee", "mkdir", "ls", "sort", "id", "sh"):
        (found,) = [path for path in (Path("/bin", name), Path("/usr/bin", name)) if path.exists()][
            :1
        ]
        (folder / name).symlink_to(found)
    return {"PATH": Guard(tmp_path).path(str(folder)), "PG_BIN": "/nowhere"}


def script(words: list[str], bare: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    name, *rest = words
    command = ["bash", str(ROOT / "scripts" / name), *rest]
    return subprocess.run(command, env=dict(bare), capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("words", "way_out"),
    [(["postgres", "start"], "`make postgres`"), (["chromium"], "`make chromium`")],
)
def test_a_program_that_is_missing_is_named_and_never_installed_by_a_test(
    tmp_path: Path, bare: Mapping[str, str], words: list[str], way_out: str
) -> None:
    done = script(words, bare)
    assert (done.returncode, done.stdout) == (IMPOSSIBLE, "")
    assert f"{way_out} installs it" in done.stderr
    assert Guard(tmp_path).asked() == ""


@pytest.mark.parametrize("name", ["postgres", "chromium"])
def test_its_own_target_asks_debian_for_it_and_a_refusal_ends_no_check(
    tmp_path: Path, bare: Mapping[str, str], name: str
) -> None:
    if os.geteuid() != 0:
        pytest.skip("asks as root, or by sudo")
    (tmp_path / "bin" / "mkdir").unlink()  # the machine's own /etc stays as it is
    (tmp_path / "bin" / "mkdir").symlink_to("/bin/false")
    done = script([name, "install"], bare)
    assert done.returncode == 0, done.stderr
    assert "apt-get" in Guard(tmp_path).asked()
    assert "cannot be installed; the tests that need it are skipped" in done.stderr


@pytest.mark.parametrize("name", ["postgres", "chromium"])
def test_where_nothing_may_be_installed_it_says_so_and_asks_nobody(
    tmp_path: Path, bare: Mapping[str, str], name: str
) -> None:
    for own, does in (("id", "echo 1000"), ("sudo", "exit 1")):
        (tmp_path / "bin" / own).unlink(missing_ok=True)
        (tmp_path / "bin" / own).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / "bin" / own).chmod(0o755)
    done = script([name, "install"], bare)
    assert done.returncode == 0, done.stderr
    assert "takes root, or sudo without a password; the tests that need it are skipped" in (
        done.stderr
    )
    assert Guard(tmp_path).asked() == ""


def test_the_guard_notices_who_installs_something(guard: Guard) -> None:
    """Shows that the silence of all other tests means something."""
    refused = subprocess.run(["apt-get", "install", "-y", "hello"], capture_output=True, text=True)
    assert (refused.returncode, refused.stderr) == (
        1,
        "tests install nothing: make services does\n",
    )
    assert guard.asked().endswith("/apt-get install -y hello\n")


def test_ci_and_check_are_one() -> None:
    said = make(ROOT, "--dry-run", "check").stdout
    for part in ("scripts/postgres install", "scripts/chromium install", "scripts/clients",
                 "scripts/vscode", "ruff check", "mypy", "lint-imports", "pytest"):  # fmt: skip
        assert part in said
    commands = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[2:]
    assert commands == ['cd "$(dirname "$0")/.."', "make check"]

"""Tests stand where a stranger looks: at the module they are about."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "tests" / "unit"
SUBJECTS = {
    "test_library.py",  # the package as a whole, as others import it
    "lint/test_engines_agree.py",  # the engine that accepts and the one that explains
    "report/test_formats.py",  # the table of formats, in the room itself
    "workflow/test_many_plans.py",  # lint, diff and status alike
}
"""Tests that are about more than one module."""
ELSEWHERE = {"docs"}
"""What is said of the repository, and not by a room of the package."""


def modules(room: Path) -> set[str]:
    """The modules and rooms in the room of the package that a folder of tests stands for."""
    folder = ROOT / "smartplan" / room
    files = {file.stem for file in folder.glob("*.py") if file.stem != "__init__"}
    return files | {inner.parent.name for inner in folder.glob("*/__init__.py")}


def names_a_module(file: Path) -> bool:
    subject = file.stem.removeprefix("test_")
    found = modules(file.parent.relative_to(TESTS))
    return any(subject == name or subject.startswith(f"{name}_") for name in found)


def test_a_file_has_the_name_of_the_module_it_is_about():
    files = [file for file in TESTS.rglob("test_*.py") if not names_a_module(file)]
    named = {file.relative_to(TESTS).as_posix() for file in files}
    assert {name for name in named if name.partition("/")[0] not in ELSEWHERE} == SUBJECTS


def test_no_test_imports_another():
    """What tests share stands in modules of its own."""
    lines = [
        f"{file.relative_to(ROOT)}: {line}"
        for file in (ROOT / "tests").rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("from tests.") and ".test_" in line.partition(" import ")[0]
    ]
    assert lines == []

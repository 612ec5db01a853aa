"""The table of formats: each is a module of one shape, imported when it is used."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import smartplan.report
from smartplan.report import SUBJECTS, Subject

FOLDER = Path(smartplan.report.__file__).parent
subjects = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


@subjects
def test_the_table_has_every_format_that_is_written(subject: Subject) -> None:
    parts = [file.stem for file in (FOLDER / subject.name).glob("*.py") if file.stem != "__init__"]
    written = {
        part
        for part in parts
        if hasattr(import_module(f"smartplan.report.{subject.name}.{part}"), "render")
    }
    assert written == set(subject.formats)


@subjects
def test_every_format_takes_what_it_is_about_and_its_look(subject: Subject) -> None:
    shapes = set()
    for format_ in subject.formats:
        module = import_module(f"smartplan.report.{subject.name}.{format_}")
        about, look = inspect.signature(module.render).parameters.values()
        shapes.add((str(about.annotation), look.annotation, look.name.strip("_")))
    ((_, look, name),) = shapes
    assert (look, name) == (smartplan.report.Look, "look")


def test_the_table_imports_no_subject() -> None:
    code = (
        "import sys, smartplan.report\n"
        "heavy = ('smartplan.report.', 'json', 'xml.etree')\n"
        "print([m for m in sys.modules if m.startswith(heavy)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "['smartplan.report.appearance']\n"

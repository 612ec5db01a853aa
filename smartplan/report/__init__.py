"""Findings, changesets and outcomes as text: one pure function per format."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from smartplan.report.findings import LintReport

if TYPE_CHECKING:
    from smartplan.report.changes import ChangesReport


def _text(report: LintReport) -> str:
    from smartplan.report.findings import text

    return text.render(report)


def _json(report: LintReport) -> str:
    from smartplan.report.findings import json

    return json.render(report)


def _markdown(report: LintReport) -> str:
    from smartplan.report.findings import markdown

    return markdown.render(report)


def _github(report: LintReport) -> str:
    from smartplan.report.findings import github

    return github.render(report)


def _sarif(report: LintReport) -> str:
    from smartplan.report.findings import sarif

    return sarif.render(report)


def _junit(report: LintReport) -> str:
    from smartplan.report.findings import junit

    return junit.render(report)


FORMATS: Mapping[str, Callable[[LintReport], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "github": _github,
    "sarif": _sarif,
    "junit": _junit,
}
"""A renderer of findings by the name of its format; each is imported when it is first used."""


def _changes_text(report: "ChangesReport") -> str:
    from smartplan.report import changes

    return changes.render_text(report)


def _changes_json(report: "ChangesReport") -> str:
    from smartplan.report.changes import json

    return json.render(report)


def _changes_markdown(report: "ChangesReport") -> str:
    from smartplan.report.changes import markdown

    return markdown.render(report)


CHANGES_FORMATS: Mapping[str, Callable[["ChangesReport"], str]] = {
    "text": _changes_text,
    "json": _changes_json,
    "markdown": _changes_markdown,
}
"""A renderer of changesets and their outcomes by the name of its format."""

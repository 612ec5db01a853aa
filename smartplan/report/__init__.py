"""Findings, changesets and outcomes as text: one pure function per format."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from smartplan.report.findings import LintReport

if TYPE_CHECKING:
    from smartplan.report.changes import ChangesReport


def _text(report: LintReport) -> str:
    from smartplan.report import findings_text

    return findings_text.render(report)


def _json(report: LintReport) -> str:
    from smartplan.report import findings_json

    return findings_json.render(report)


def _markdown(report: LintReport) -> str:
    from smartplan.report import findings_markdown

    return findings_markdown.render(report)


def _github(report: LintReport) -> str:
    from smartplan.report import findings_github

    return findings_github.render(report)


def _sarif(report: LintReport) -> str:
    from smartplan.report import findings_sarif

    return findings_sarif.render(report)


def _junit(report: LintReport) -> str:
    from smartplan.report import findings_junit

    return findings_junit.render(report)


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
    from smartplan.report import changes_json

    return changes_json.render(report)


def _changes_markdown(report: "ChangesReport") -> str:
    from smartplan.report import changes_markdown

    return changes_markdown.render(report)


CHANGES_FORMATS: Mapping[str, Callable[["ChangesReport"], str]] = {
    "text": _changes_text,
    "json": _changes_json,
    "markdown": _changes_markdown,
}
"""A renderer of changesets and their outcomes by the name of its format."""

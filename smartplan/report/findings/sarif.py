"""Findings as SARIF 2.1.0, for code scanning."""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from smartplan import __version__
from smartplan.diagnostics import Finding, Location, Severity, format_path
from smartplan.report.appearance import Look
from smartplan.report.findings import LintReport

if TYPE_CHECKING:
    from smartplan.lint.registry import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

Json = Mapping[str, "Json"] | list["Json"] | str | int | bool
"""A SARIF object; its shape is the standard's."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: LintReport, _look: Look) -> str:
    """One run; every code that was found is a rule of the driver, with its text where known."""
    codes = sorted({finding.code for finding in report.findings} | set(report.rules))
    driver: dict[str, Json] = {
        "name": "smartplan",
        "version": __version__,
        "rules": [_rule(code, report.rules.get(code)) for code in codes],
    }
    indexes = {code: index for index, code in enumerate(codes)}
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, indexes[finding.code]) for finding in report.findings],
    }
    log: dict[str, Json] = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rule(code: str, known: "Rule | None") -> dict[str, Json]:
    if known is None:
        return {"id": code}
    text = known.documentation
    title, _, more = text.what.partition("\n")
    rule: dict[str, Json] = {
        "id": code,
        "shortDescription": {"text": title},
        "defaultConfiguration": {"level": _LEVELS[known.severity]},
    }
    if more.strip():
        rule["fullDescription"] = {"text": text.what}
    help_text = "\n\n".join((text.why, _example("Bad", text.bad), _example("Good", text.good)))
    rule["help"] = {"text": help_text, "markdown": help_text}
    return rule


def _example(title: str, yaml: str) -> str:
    return f"{title}:\n\n```yaml\n{yaml}\n```"


def _result(finding: Finding, index: int) -> dict[str, Json]:
    location: dict[str, Json] = {"physicalLocation": _physical(finding.location)}
    address = ".".join(part for part in (finding.trade, format_path(finding.path)) if part)
    if address:
        location["logicalLocations"] = [{"fullyQualifiedName": address, "kind": "member"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [location],
    }


def _message(finding: Finding) -> str:
    text = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    if finding.location.rendered:
        text += f"\nline {finding.location.line} of the rendered plan"
    # `[text](target)` in a message is a link: foreign text must not make one.
    return text.replace("](", "] (")


def _physical(location: Location) -> dict[str, Json]:
    physical: dict[str, Json] = {"artifactLocation": _artifact(location.file)}
    if not location.rendered:
        physical["region"] = {"startLine": location.line, "startColumn": location.column}
    return physical


def _artifact(file: str) -> dict[str, Json]:
    path = PurePosixPath(file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}

"""Findings as JUnit XML: errors fail, the rest is noted, a clean plan passes."""

from xml.etree import ElementTree

from smartplan.diagnostics import Finding, Severity
from smartplan.report.appearance import Look
from smartplan.report.findings import LintReport


def render(report: LintReport, _look: Look) -> str:
    """One test case per finding, and one for every plan without any."""
    failures = str(report.counts[Severity.ERROR])
    dirty = {finding.location.file for finding in report.findings}
    clean_files = [file for file in report.files if file not in dirty]
    totals = {"tests": str(len(report.findings) + len(clean_files)), "failures": failures}
    suites = ElementTree.Element("testsuites", {"name": "smartplan", **totals})
    suite = ElementTree.SubElement(
        suites, "testsuite", {"name": "smartplan lint", **totals, "errors": "0", "skipped": "0"}
    )
    for finding in report.findings:
        _add(suite, finding)
    for file in clean_files:
        ElementTree.SubElement(suite, "testcase", {"classname": file, "name": "no findings"})
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add(suite: ElementTree.Element, finding: Finding) -> None:
    name = " ".join(
        part for part in (finding.code, finding.trade, f"line {finding.location.line}") if part
    )
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": finding.location.file, "name": name}
    )
    text = f"{finding.location}: {finding.severity} {finding.code}: {finding.message}"
    if finding.hint:
        text += f"\n{finding.hint}"
    if finding.severity is Severity.ERROR:
        failure = {"type": finding.code, "message": finding.message}
        ElementTree.SubElement(case, "failure", failure).text = text
    else:
        ElementTree.SubElement(case, "system-out").text = text

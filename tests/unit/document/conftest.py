from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from smartplan.diagnostics import Finding
from smartplan.document.template import Rendered, Source, render
from smartplan.document.tree import Node

Render = Callable[..., str]
Refuse = Callable[..., Finding]


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Source]:
    """A plan in a workspace whose ``templates/`` folder holds ``files``."""
    templates = tmp_path / "templates"
    templates.mkdir()

    def make(text: str, files: Mapping[str, str] | None = None, **values: Node) -> Source:
        for name, content in (files or {}).items():
            path = templates / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return Source(
            text,
            "plan.yaml",
            root=tmp_path,
            templates=templates,
            shown=lambda path: path.relative_to(tmp_path).as_posix(),
            values=values,
        )

    return make


@pytest.fixture
def rendered(source: Callable[..., Source]) -> Callable[..., Rendered]:
    def run(text: str, files: Mapping[str, str] | None = None, **values: Node) -> Rendered:
        output, findings = render(source(text, files, **values))
        assert output is not None, findings
        return output

    return run


@pytest.fixture
def text_of(rendered: Callable[..., Rendered]) -> Render:
    def run(text: str, files: Mapping[str, str] | None = None, **values: Node) -> str:
        return rendered(text, files, **values).text

    return run


@pytest.fixture
def refused(source: Callable[..., Source]) -> Refuse:
    """The one finding of a template that does not render."""

    def run(text: str, files: Mapping[str, str] | None = None, **values: Node) -> Finding:
        output, findings = render(source(text, files, **values))
        assert output is None
        (finding,) = findings
        assert finding.code == "SP001"
        return finding

    return run

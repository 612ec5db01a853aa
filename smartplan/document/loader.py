"""Where includes and imports come from: the workspace's ``templates/`` folder, nothing else."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path as FilePath

from jinja2 import BaseLoader, TemplateNotFound, TemplateSyntaxError
from jinja2.environment import Environment
from jinja2.exceptions import SecurityError

from smartplan.boundary import leads_out
from smartplan.document.source import Source
from smartplan.text import MAX_BYTES, UnreadableText, check

_LISTED = 200


class UnreadableTemplate(TemplateSyntaxError):
    """An included text that does not show as it reads, or is too large."""

    def __init__(self, problem: UnreadableText, name: str, file: str) -> None:
        super().__init__(str(problem), problem.line, name, file)
        self.column = problem.column


class WorkspaceLoader(BaseLoader):
    """Reads what a plan includes, and notes it in ``files`` under the name messages use.

    ``spend`` is told how many characters there are to compile.
    """

    def __init__(self, source: Source, files: dict[str, str], spend: Callable[[int], None]) -> None:
        self._source = source
        self._files = files
        self._spend = spend

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002  # Jinja's signature
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        """Text, name for messages, and that it does not change during a run."""
        path = self._inside(template)
        name = self._source.shown(path)
        text = _text(path, template, self._source.unsaved.get(name))
        self._spend(len(text))
        self._files[name] = text
        try:
            check(text)
        except UnreadableText as problem:
            raise UnreadableTemplate(problem, template, name) from None
        return text, name, lambda: True

    def list_templates(self) -> list[str]:
        """What there is to be included, for messages: the first few hundred names."""
        folder = self._source.templates
        if folder is None or not folder.is_dir():
            return []
        found = (one.relative_to(folder) for one in islice(folder.rglob("*"), 2 * _LISTED))
        return sorted(one.as_posix() for one in found if (folder / one).is_file())[:_LISTED]

    def text_of(self, template: str) -> str:
        """Its text, for messages; empty where it cannot be read."""
        try:
            return _text(self._inside(template), template, None)
        except (SecurityError, TemplateNotFound):
            return ""

    def _inside(self, template: str) -> FilePath:
        folder, root = self._source.templates, self._source.root
        if folder is None or root is None:
            raise TemplateNotFound(template)
        relative = FilePath(template)
        if relative.is_absolute() or ".." in relative.parts or "\\" in template:
            raise SecurityError(f"the template path {template[:60]!r} leaves the workspace")
        path = folder / relative
        self._source.asked(path)
        if self._source.shown(path) in self._source.unsaved:
            return path
        try:
            missing = not path.is_file()
        except OSError:  # a name longer than any file's
            missing = True
        if missing:
            raise TemplateNotFound(template[:60])
        if leads_out(path, root):
            raise SecurityError(f"the template {template[:60]!r} is a link out of the workspace")
        return path


def _text(path: FilePath, template: str, unsaved: bytes | None) -> str:
    try:
        content = unsaved if unsaved is not None else _content(path)
    except OSError as error:
        raise SecurityError(f"the template {template!r}: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise SecurityError(f"the template {template!r} is larger than 1 MiB")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise SecurityError(f"the template {template!r} is not UTF-8 text") from None


def _content(path: FilePath) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)

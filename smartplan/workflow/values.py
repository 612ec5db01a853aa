"""The variables of templates: from the workspace's files, from those that are named, from words.

Later wins: ``values.yaml``, that of the environment beside it, ``--values``, ``--set``.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Finding, Location, Severity
from smartplan.diagnostics import Path as Address
from smartplan.document.tree import Document, Node, merged, parse
from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.settings.keys import ENVIRONMENTS
from smartplan.workflow import sources
from smartplan.workflow.sources import Inputs

_OWN = r"(?i:values(\.([a-z]+))?\.ya?ml)"


class Values(Struct, frozen=True):
    """``merged`` is what templates see; ``base`` and ``overrides`` are the files it comes from.

    ``assigned`` are the keys that ``--set`` names, ``assignments`` the documents it stands for.
    """

    merged: dict[str, Node] = {}
    findings: tuple[Finding, ...] = ()
    base: tuple[Document, ...] = ()
    overrides: tuple[Document, ...] = ()
    assigned: tuple[Address, ...] = ()
    assignments: tuple[Document, ...] = ()

    @property
    def layers(self) -> tuple[Document, ...]:
        """Everything that was merged, later ones winning; ``--set`` comes last."""
        return (*self.files, *self.assignments)

    @property
    def files(self) -> tuple[Document, ...]:
        """Every file, in the order in which they win."""
        return (*self.base, *self.overrides)

    def place_of(self, name: str, text: str) -> Location | None:
        """Where the variable of a name (``coin.entry``) was written, if it is this text.

        A variable of a loop has no place of its own: then it is the first such text under a key of
        this name. Without a name it is the text, where it stands once.
        """
        if not name:
            leaves = (
                (one, at) for one in self.files for at, v in _leaves(one.data, ()) if v == text
            )
            places = [document.locate(at) for document, at in leaves]
            return places[0] if len(places) == 1 and not self.assignments else None
        path = tuple(name.split("."))
        if path in self.assigned:
            return None
        for document in reversed(self.files):
            if document.has(path) and _at(document.data, path) == text:
                return document.locate(path)
        key = path[-1]
        for document in reversed(self.files):
            for found, value in _leaves(document.data, ()):
                if value == text and found and key == _last_key(found):
                    return document.locate(found)
        return None


def read(inputs: Inputs, settings: Settings, working: Path, shown: Callable[[Path], str]) -> Values:
    """The variables of a workspace in its environment. Raises ``UsageError``."""
    named = [working / name for name in inputs.values]
    for missing in (file for file in named if not file.is_file()):
        raise UsageError(f"--values {shown(missing)}: there is no such file")
    found = Values()
    home, environment = settings.root, settings.environment
    for file, root, base in (
        *((file, home, True) for file in _known(inputs, home, None, shown)),
        *((file, home, False) for file in _known(inputs, home, environment, shown)),
        *((file, working, False) for file in named),
    ):
        plan = sources.read(file, inputs, shown, root)
        parsed = parse(plan.text, plan.name)
        findings = [plan.finding] if plan.finding else [*parsed.findings]
        document = parsed.document
        data = document.data if document is not None else None
        if document is not None and data is not None and not isinstance(data, dict):
            place = Location(plan.name, 1)
            findings.append(Finding("SP002", Severity.ERROR, "values must be a mapping", place))
            document = None
        read_here = (document,) if document is not None and isinstance(data, dict) else ()
        found = Values(
            findings=(*found.findings, *findings),
            base=found.base + (read_here if base else ()),
            overrides=found.overrides + (() if base else read_here),
        )
    strangers = tuple(_strangers(home, shown))
    found = replace(found, findings=(*found.findings, *strangers))
    given = [_assigned(assignment) for assignment in inputs.assignments]
    documents = tuple(document for _, document in given)
    return Values(
        merged([*found.files, *documents]),
        found.findings,
        found.base,
        found.overrides,
        tuple(path for path, _ in given),
        documents,
    )


def _strangers(root: Path, shown: Callable[[Path], str]) -> Iterator[Finding]:
    """Files of values that are read in no environment, because of their names."""
    for file in sorted(root.glob("values.*.y*ml")):
        name = re.fullmatch(_OWN, file.name)
        if name is not None and name[2].lower() not in ENVIRONMENTS:
            from difflib import get_close_matches

            near = next(iter(get_close_matches(name[2].lower(), ENVIRONMENTS, 1)), None)
            yield Finding(
                "SP007",
                Severity.ERROR,
                f"nothing reads this file: there is no environment {name[2]}",
                Location(shown(file), 1),
                hint=f"did you mean `values.{near}.yaml`?"
                if near
                else f"environments are {', '.join(ENVIRONMENTS)}",
            )


def _known(
    inputs: Inputs, root: Path, environment: str | None, shown: Callable[[Path], str]
) -> list[Path]:
    """``files``, or one that nobody has saved yet."""
    name = "values.yaml" if environment is None else f"values.{environment}.yaml"
    unsaved = [root / name] if shown(root / name) in inputs.unsaved else []
    return files(root, environment) or unsaved


def own_files(settings: Settings) -> list[Path]:
    """The values files of the workspace and of its environment that lie there."""
    return [*files(settings.root, None), *files(settings.root, settings.environment)]


def is_own(name: str) -> bool:
    """Whether a file of this name, beside the settings, would be a values file."""
    return re.fullmatch(_OWN, name) is not None


def files(root: Path, environment: str | None) -> list[Path]:
    """The values files of an environment, or those of all, that lie in the workspace.

    However it is written: ``values.yaml``, ``values.YML``. Raises ``UsageError`` for two of them.
    """
    stem = "values" if environment is None else f"values.{environment}"
    names = {f"{stem}.yaml", f"{stem}.yml"}
    try:
        found = sorted(one for one in root.iterdir() if one.name.lower() in names and one.is_file())
    except OSError:
        return []
    if len(found) > 1:
        both = " and ".join(file.name for file in found)
        raise UsageError(f"{both}: which of them is meant?", hint="keep one of them")
    return found


ON_THE_COMMAND_LINE = "--set"
"""What the values of ``--set`` are called instead of a file."""


def _assigned(assignment: str) -> tuple[Address, Document]:
    name, separator, text = assignment.partition("=")
    keys = name.split(".")
    if not separator or not all(key.isascii() and key.isidentifier() for key in keys):
        near = name.replace("-", "_") if separator and "-" in name else ""
        hint = f"names have no hyphens: {near}={text}" if near else None
        raise UsageError(f"--set {assignment}: not of the form a.b=VALUE", hint=hint)
    parsed = parse(text, ON_THE_COMMAND_LINE)
    if parsed.document is None:
        raise UsageError(f"--set {assignment}: {parsed.findings[0].message}")
    value: Node = parsed.document.data
    for key in reversed(keys):
        value = {key: value}
    return tuple(keys), replace(parsed.document, data=value)


def _at(node: Node, path: Address) -> Node:
    for step in path:
        node = node.get(str(step)) if isinstance(node, dict) else None
    return node


def _leaves(node: Node, at: Address) -> Iterator[tuple[Address, Node]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, (*at, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, (*at, index))
    else:
        yield at, node


def _last_key(path: Address) -> str | None:
    return next((step for step in reversed(path) if isinstance(step, str)), None)

"""The generated pages of the documentation: ``python -m docs.build`` writes them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docs import picture, settings
from smartplan.api.assumptions import ASSUMPTIONS, Assumption
from smartplan.lint.registry import RULES, Rule

FOLDER = Path(__file__).parent
PACKAGE = FOLDER.parent / "smartplan"

_FAMILIES = {
    "SP0": "The file",
    "SP1": "Identity and hygiene",
    "SP2": "Entry",
    "SP3": "Exits",
    "SP4": "Geometry",
    "SP5": "Leverage",
    "SP6": "Risk and policy",
    "SP7": "The exchange",
    "SP8": "The account",
}
_BASES = {
    "documented": "the service's documentation",
    "practice": "the practice of trading",
    "project": "smartplan itself",
}
_INTRODUCTION = """\
<!-- Generated from the rules themselves by `python -m docs.build`: do not edit. -->
# Lint rules

`smartplan lint` reports these codes; `smartplan rules CODE` shows one of them in the terminal.
Codes are never reused. `[lint]` in `smartplan.toml` selects them by code or family (`select`,
`ignore`) and changes their `severity`. A comment waves one finding through, on its line or on the
line that names the trade:

```yaml
stop_loss: …   # smartplan: ignore[SP402] locks in profit
```

The families SP7 and SP8 need the exchange: `smartplan lint --online`, and every diff and apply.
Offline nothing is said of them, and nothing of comments that name them; but SP702, SP703 and SP704
are judged offline, too, for the pairs that are in `markets.lock.json` (`smartplan markets lock`).

What is marked *binding* below makes a trade unreadable, or is a guard rail: its errors cannot be
ignored, deselected or softened.
"""


def pages() -> dict[str, str]:
    """Every generated file by its name, seen from here."""
    return {
        "architecture.md": picture.page(),
        "assumptions.md": assumptions_page(),
        "modules.md": modules_page(),
        "rules.md": rules_page(),
        "settings.md": settings.page(),
        "../schemas/settings.schema.json": settings.schema(),
    }


_MODULES_INTRODUCTION = """\
<!-- Generated from the modules themselves by `python -m docs.build`: do not edit. -->
# Modules

Imports go down this page only: see [architecture.md](architecture.md).
"""


def modules_page() -> str:
    """Every module by its room, with the first sentence of its docstring."""
    parts = [_MODULES_INTRODUCTION]
    for room in _rooms():
        files = sorted((PACKAGE / room).rglob("*.py")) or [PACKAGE / f"{room}.py"]
        rows = ["| module | holds |", "|---|---|", *map(_module_row, files)]
        parts.append(f"## {room}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _rooms() -> list[str]:
    """The rooms and single modules, from top to bottom of the page about the architecture."""
    table = picture.PAGE.read_text(encoding="utf-8").partition("| room | holds |\n|---|---|\n")[2]
    rows = table.partition("\n\n")[0].splitlines()
    return [room for row in rows for room in re.findall(r"`(\w+)`", row.split("|")[1])]


def _module_row(file: Path) -> str:
    name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = " ".join(docstring.partition("\n\n")[0].split())
    return f"| `{name}` | {_cell(first)} |"


_ASSUMPTIONS_INTRODUCTION = """\
<!-- Generated from `smartplan.api.assumptions` by `python -m docs.build`: do not edit. -->
# Assumptions

What smartplan takes for true of the service, and what it costs should it be false. The code
names the id wherever it rests on one, and this page names the modules. *documented*: the service's
documentation says so. *recorded*: seen in recorded answers. *client*: a working program of others
rests on it. *inferred*: the likeliest reading, and nobody has seen it.
"""


def assumptions_page() -> str:
    """Every assumption: how it is founded, where it is used, what it costs, how it is noticed."""
    rows = ["| id | assumption | certainty |", "|---|---|---|"]
    for entry in ASSUMPTIONS.values():
        link = f"[{entry.id}](#{entry.id.lower()})"
        rows.append(f"| {link} | {_cell(entry.sentence)} | {entry.certainty} |")
    sections = ["\n".join(_assumption(entry)) for entry in ASSUMPTIONS.values()]
    return "\n".join([_ASSUMPTIONS_INTRODUCTION, "\n".join(rows) + "\n", *sections])


def _assumption(entry: Assumption) -> Iterator[str]:
    yield f"## {entry.id}\n"
    yield f"{entry.sentence} *{entry.certainty}*: {entry.source}.\n"
    yield f"- If it is false: {entry.if_false}"
    yield f"- Noticed: {entry.noticed}"
    tried = f"no: {entry.untried}." if entry.untried else "yes."
    yield f"- Tried by `doctor --conformance`: {tried}"
    yield f"- Used in: {', '.join(f'`{name}`' for name in entry.used)}\n"


def rules_page() -> str:
    """All rules, with what, why, bad and good."""
    parts = [_INTRODUCTION, _table()]
    family = ""
    for code in sorted(RULES):
        if code[:3] != family:
            family = code[:3]
            parts.append(f"## {family} {_FAMILIES[family]}\n")
        parts.append("\n".join(_section(RULES[code])))
    return "\n".join(parts)


def _table() -> str:
    rows = ["| code | severity | what |", "|---|---|---|"]
    for code in sorted(RULES):
        known = RULES[code]
        what = known.documentation.what.partition("\n\n")[0].replace("\n", " ")
        rows.append(f"| [{code}](#{code.lower()}) | {known.severity} | {_cell(what)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _section(known: Rule) -> Iterator[str]:
    text = known.documentation
    binding = ", binding" if known.binding else ""
    yield f"### {known.code}\n"
    yield f"*{known.severity}{binding}; rests on {_BASES[known.basis]}*\n"
    yield f"{text.what}\n"
    yield f"{text.why}\n"
    for title, example in (("Bad", text.bad), ("Good", text.good)):
        yield f"{title}:\n"
        yield f"```yaml\n{example}\n```\n"


def main() -> None:
    """Write every generated page."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

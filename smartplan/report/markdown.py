"""Foreign text inside Markdown and the HTML that GitHub allows in it."""

import html
import re
from collections.abc import Collection, Sequence

from smartplan.report.foreign_text import clean

COMMENT_LIMIT = 65_536
"""What a comment on GitHub may hold, in characters."""

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#!|~&$<>]")
_BACKTICKS = re.compile(r"`+")
_INVISIBLE = "\u200b"


def escape(text: str) -> str:
    """Text that is shown as it is: no markup, no link, no mention of a person or an issue."""
    return _inert(_SPECIAL.sub(r"\\\g<0>", clean(text)).replace("://", r":\//"))


def escape_html(text: str) -> str:
    """The same between HTML tags, where Markdown is not read."""
    return _inert(html.escape(clean(text)).replace("://", ":&#47;/"))


def code(text: str) -> str:
    """A code span; ``|`` would end a cell of a table even there."""
    cleaned = clean(text).replace("|", "¦")
    fence = _fence(cleaned, 1)
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{cleaned}{space}{fence}"


def fenced(text: str, language: str = "text") -> str:
    """A block of text as it is."""
    fence = _fence(text, 3)
    return f"{fence}{language}\n{text}\n{fence}"


def _fence(text: str, least: int) -> str:
    """Longer than any run of backticks inside."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)


def table_head(titles: Sequence[str], *, right: Collection[int] = ()) -> str:
    """The two lines a table begins with; the columns whose numbers are in ``right`` end alike."""
    rule = "|".join("---:" if number in right else "---" for number in range(len(titles)))
    return f"{table_row(titles)}\n|{rule}|"


def table_row(cells: Sequence[str]) -> str:
    """A row of cells that are Markdown already."""
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def _inert(text: str) -> str:
    unlinked = text.replace("www.", f"www{_INVISIBLE}.")
    return unlinked.replace("@", f"@{_INVISIBLE}").replace("#", f"#{_INVISIBLE}")

"""Foreign text inside Markdown and the HTML that GitHub allows in it."""

import html
import re

from smartplan.report.clean import clean

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
    longest = max((len(run) for run in _BACKTICKS.findall(cleaned)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{cleaned}{space}{fence}"


def _inert(text: str) -> str:
    unlinked = text.replace("www.", f"www{_INVISIBLE}.")
    return unlinked.replace("@", f"@{_INVISIBLE}").replace("#", f"#{_INVISIBLE}")

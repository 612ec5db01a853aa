"""The generated pages are what their sources say."""

import re

import pytest

from docs.build import FOLDER, pages
from smartplan.lint.registry import RULES


@pytest.mark.parametrize("name", pages())
def test_the_page_is_up_to_date(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == pages()[name], "run `make docs`"


def test_every_rule_has_its_heading() -> None:
    headings = re.findall(r"^### (SP\d{3})$", pages()["rules.md"], re.MULTILINE)
    assert headings == sorted(RULES)

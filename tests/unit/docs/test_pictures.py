"""The pictures of the README are what real runs show now."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from docs.pictures import FOLDER, pictures
from docs.svg import DARK, drawing, spans

README = Path(__file__).parents[3] / "README.md"


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return pictures()


def test_they_are_up_to_date(drawn: dict[str, str]) -> None:
    kept = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.svg")}
    assert kept == drawn, "run `make pictures`"


def test_the_readme_shows_each_of_them_and_says_what_it_shows(drawn: dict[str, str]) -> None:
    shown = re.findall(r"!\[([^\]]+)\]\(docs/pictures/(\S+)\)", README.read_text(encoding="utf-8"))
    assert {name for _, name in shown} == drawn.keys()
    assert all(len(text) > 40 for text, _ in shown)


def test_they_show_what_people_would_look_at(drawn: dict[str, str]) -> None:
    words = {name: " ".join(ET.fromstring(text).itertext()) for name, text in drawn.items()}
    for said in ("sol-box", "2300 → 2350", "--overwrite-drift ada-dip", "max_loss_at_stop"):
        assert said in words["diff.svg"]
    for said in ("TP2", "break-even", "SL"):
        assert said in words["report.svg"]
    for said in ("1 trade blocked", "overwrite-drift: [ada-dip]", "Until then apply refuses."):
        assert said in words["comment.svg"]


def test_colours_become_colours_and_foreign_text_stays_text() -> None:
    line = spans("\x1b[1;31m⚠\x1b[0m <b>&")
    assert line == [("⚠", frozenset({"bold", "red"})), (" <b>&", frozenset())]
    picture = drawing([line], "<title>", DARK)
    assert DARK.styles["red"] in picture
    assert "&lt;b&gt;&amp;" in picture
    ET.fromstring(picture)

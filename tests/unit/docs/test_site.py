"""The documentation as a site."""

import re
import sys
from pathlib import Path

import yaml

from tests.process import finish

ROOT = Path(__file__).parents[3]


def test_the_site_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = finish(command, ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert "not included in the" not in done.stderr
    assert (tmp_path / "tutorial.html").is_file()


def test_every_page_has_its_place_in_the_navigation():
    listed = set(re.findall(r": (\S+\.md)", (ROOT / "mkdocs.yml").read_text()))
    pages = (ROOT / "docs").rglob("*.md")
    assert listed == {page.relative_to(ROOT / "docs").as_posix() for page in pages}
    assert yaml.safe_load((ROOT / "mkdocs.yml").read_text())["strict"] is True

"""A browser that pages are looked at with."""

import html
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FRAME = """<!doctype html><iframe srcdoc="{}" width="{}" height="900"></iframe><p id="said"></p>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  const page = frame.contentDocument;
  const all = [page.scrollingElement, ...page.querySelectorAll(".wide, .scroll, .card")];
  const hides = (box) => frame.contentWindow.getComputedStyle(box).overflowX === "hidden";
  const out = all.filter((box) => box.scrollWidth > box.clientWidth && !hides(box));
  const said = out.map((box) => `${{box.tagName}}.${{box.className}}`).join(" ");
  document.getElementById("said").textContent = `sticks out: [${{said}}] of ${{all.length}}`;
}};
</script>"""


@pytest.fixture(scope="session")
def chromium():
    found = subprocess.run([ROOT / "scripts" / "chromium"], capture_output=True, text=True)
    if found.returncode != 0:
        pytest.skip(found.stderr.strip())
    return found.stdout.strip()


@pytest.fixture
def browse(chromium, tmp_path):
    """Opens a page; answers what the browser wrote to stdout and to its log."""

    def call(page, *flags):
        file = tmp_path / "page.html"
        file.write_text(page, encoding="utf-8")
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}", *flags]
        done = subprocess.run([*command, file.as_uri()], capture_output=True, text=True, timeout=90)
        return done.stdout, done.stderr

    return call


@pytest.fixture
def sticking_out(browse):
    """The parts of a page, so wide, that would have to be scrolled sideways."""

    def call(page, width):
        frame = FRAME.format(html.escape(page), width)
        flags = ["--dump-dom", "--window-size=1400,1000", "--virtual-time-budget=5000"]
        shown, _ = browse(frame, *flags)
        found = re.search(r"sticks out: \[(.*?)\] of (\d+)", shown)
        assert found is not None, shown[-300:]
        assert int(found[2]) > 2
        return found[1].split()

    return call

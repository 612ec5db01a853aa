"""A browser that pages are looked at with."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


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

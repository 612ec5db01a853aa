"""A small file can hold many mistakes, and long ones: what is said of it stays short."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plans import PLAN

LONG = "X" * 3_000
TRADE = "{account: main, pair: USDT_BTC}"
FORMATS = ("text", "json", "markdown", "github", "sarif", "junit")


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smartplan", "lint", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    "text",
    [
        PLAN + "note: x\n" * 70_000,
        PLAN + "x:\n" + "".join(f"  k{n}: yes\n" for n in range(20_000)),
        PLAN + "".join(f"# smartplan: ignore[SP402] x{n}\n" for n in range(20_000)),
        PLAN + "".join(f"k{n}: 1\n" for n in range(20_000)),
        PLAN + "k" * 60_000 + ": 1\n" + f"note: '{'x ' * 30_000}'\n",
        "trades:\n" + "".join(f"  B{n}: 1\n" for n in range(20_000)),
        "trades:\n  " + "n" * 60_000 + ":\n" + "".join(f"    k{n}: 1\n" for n in range(9_000)),
        "trades:\n" + "".join(f"  {n}{LONG}: {TRADE}\n" for n in range(200)),
    ],
    ids=["twice", "traps", "ignores", "unknown", "long", "names", "long name", "long names"],
)
def test_what_is_said_of_a_file_is_bounded(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.yaml").write_text(text)
    for name in FORMATS:
        done = lint(tmp_path, "--format", name, "plan.yaml")
        assert done.returncode in {0, 1}
        assert done.stderr == ""
        without_rules = len(done.stdout) - (150_000 if name == "sarif" else 0)
        assert len(done.stdout) > 0
        assert without_rules < 150_000


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "junit"])
def test_what_is_left_out_is_counted(tmp_path: Path, format_: str) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN + "note: x\n" * 1_000)
    done = lint(tmp_path, "--format", format_, "plan.yaml")
    assert "949 more of SP002 in this file are left out" in done.stdout
    assert done.stdout.count("the key `note` stands here twice") >= 50


def test_other_kinds_and_other_files_are_all_there(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PLAN + "note: x\n" * 1_000)
    (tmp_path / "b.yaml").write_text("{{ nope }}\n")
    done = lint(tmp_path, "--format", "json", "a.yaml", "b.yaml")
    found = [(one["file"], one["code"]) for one in json.loads(done.stdout)["findings"]]
    assert found == [("a.yaml", "SP002")] * 51 + [("b.yaml", "SP001")]

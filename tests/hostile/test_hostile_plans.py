"""Plans written to do harm: one clear finding each, within bounds, never a traceback."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile_texts import HOSTILE, LAUGHS, named
from tests.plans import PLAN

CPU_SECONDS = 30
MEMORY = 768 << 20


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def lint(folder: Path, *arguments: str) -> tuple[int, list[dict[str, str]]]:
    """Exit code and findings of ``smartplan lint`` under limits."""
    done = subprocess.run(
        [sys.executable, "-m", "smartplan", "lint", "--format", "json", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=300,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)["findings"]


def the_finding(folder: Path, *arguments: str) -> dict[str, str]:
    code, findings = lint(folder, *arguments)
    assert code == 1
    (finding,) = (found for found in findings if found["severity"] == "error")
    assert finding["code"] in {"SP001", "SP002"}
    assert 0 < len(finding["message"]) < 400
    return finding


@pytest.mark.parametrize(("text", "message"), HOSTILE, ids=named)
def test_a_hostile_plan_is_one_finding(tmp_path: Path, text: str, message: str) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "loop.yaml").write_text("{% include 'loop.yaml' %}")
    (templates / "link.yaml").symlink_to("/etc/passwd")
    (tmp_path / "values.yaml").write_text('note: "x\\npair: USDT_DOGE"\n')
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    assert the_finding(tmp_path, "plan.yaml")["message"].startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe" + "a: 1".encode("utf-16-le"), "not UTF-8 text"),
        (b"a: \xc3\x28\n", "not UTF-8 text"),
        (b"a: \xed\xa0\x80\n", "not UTF-8 text"),
        (b"a: \x00\n", "the character U+0000 is not allowed"),
        (b"\xef\xbb\xbf\xef\xbb\xbfa: 1\n", "the character U+FEFF is not allowed"),
    ],
)
def test_what_is_no_text_is_one_finding(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "plan.yaml").write_bytes(content)
    assert the_finding(tmp_path, "plan.yaml")["message"].startswith(message)


def test_a_file_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "plan.yaml").open("wb") as stream:
        stream.truncate(1 << 30)
    assert the_finding(tmp_path, "plan.yaml")["message"] == "larger than 1 MiB"


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\n')
    (tmp_path / "plans").mkdir()
    os.mkfifo(tmp_path / "plans" / "pipe.yaml")
    assert the_finding(tmp_path)["message"] == "not a file with text"


@pytest.mark.parametrize("target", ["/etc/passwd", "/dev/zero", "../../../../../../etc/passwd"])
def test_a_plan_that_links_out_of_the_workspace_is_not_read(tmp_path: Path, target: str) -> None:
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\n')
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "plan.yaml").symlink_to(target)
    assert the_finding(tmp_path)["message"] == "a link out of the workspace"


def test_what_a_link_leads_to_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\n')
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "plan.yaml").symlink_to("/etc/passwd")
    done = subprocess.run(
        [sys.executable, "-m", "smartplan", "lint", "--format", "text"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "a link out of the workspace" in done.stdout
    assert "root:" not in done.stdout + done.stderr


def test_a_link_out_of_the_workspace_is_not_read_when_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").symlink_to("/etc/passwd")
    assert the_finding(tmp_path, "plan.yaml")["message"] == "a link out of the workspace"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (LAUGHS, "more than 50,000 values"),
        ("[" * 100_000, "nested deeper than 32 levels"),
        ("a: 1\na: 2\n", "the key `a` stands here twice"),
        ("a: !!python/name:os.system\n", "the tag 'tag:yaml.org,2002:python/name"),
        ("- 1\n", "values must be a mapping"),
        ("a: " + "x" * 1_048_577, "larger than 1 MiB"),
    ],
    ids=["laughs", "depth", "duplicate", "tag", "list", "size"],
)
def test_hostile_values_are_one_finding(tmp_path: Path, values: str, message: str) -> None:
    (tmp_path / "values.yaml").write_text(values)
    (tmp_path / "plan.yaml").write_text(PLAN)
    finding = the_finding(tmp_path, "plan.yaml")
    assert finding["message"].startswith(message)
    assert finding["file"] == "values.yaml"


def test_a_value_given_on_the_command_line_cannot_add_keys(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN + "note: {{ note }}\n")
    finding = the_finding(tmp_path, "plan.yaml", "--set", 'note="x\\naccount_id: 9"')
    assert finding["message"] == "a value with a line break could add keys to the plan"

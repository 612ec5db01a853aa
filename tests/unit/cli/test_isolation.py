"""What the isolated child may do, seen from inside a real one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from smartplan.cli import isolation

INSIDE = """
import json, os, resource, sys
names = ("CPU", "AS", "NOFILE", "CORE")
limits = {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name))[0] for name in names}
seen = {"environment": dict(os.environ), "limits": limits, "files": os.listdir("/proc/self/fd")}
sys.stdout.write(json.dumps(seen))
"""
PLAN = "account: main\npair: USDT_BTC\n"


def limited(
    code: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` under ``run_limited``, in a process of its own with a secret in it."""
    program = (
        "import os, sys; from smartplan.cli.isolation import run_limited\n"
        "os.set_inheritable(os.open('/dev/null', os.O_RDONLY), True)\n"
        f"ended = run_limited([sys.executable, '-I', '-c', {code!r}])\n"
        "sys.stderr.write(ended.cause or '')\n"
        "sys.exit(ended.code)"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(environment or {})},
    )


def smartplan(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smartplan", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_child_has_no_environment_no_files_of_ours_and_limits() -> None:
    done = limited(INSIDE, {"SMARTPLAN_API_SECRET": "canary"})
    seen = json.loads(done.stdout)
    assert "canary" not in done.stdout
    assert seen["environment"].keys() <= {
        "LC_CTYPE",
        *isolation.SHOWING,
    }  # Python sets LC_CTYPE itself
    assert seen["limits"] == {
        "CPU": isolation.CPU_SECONDS,
        "AS": isolation.MEMORY,
        "NOFILE": isolation.OPEN_FILES,
        "CORE": 0,
    }
    assert len(seen["files"]) <= 4  # the standard streams, and the listing itself


def test_the_exit_code_and_the_output_of_the_child_are_ours() -> None:
    done = limited("import sys; print('said'); print('cried', file=sys.stderr); sys.exit(3)")
    assert (done.returncode, done.stdout, done.stderr) == (3, "said\n", "cried\n")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)",
            "used more than 60 s of CPU time",
        ),
        ("import os; os.kill(os.getpid(), 9)", "was killed by signal 9"),
        ("import os; os.kill(os.getpid(), 11)", "was killed by signal 11"),
    ],
)
def test_a_child_that_was_killed_is_a_failure_with_its_reason(code: str, message: str) -> None:
    done = limited(code)
    assert done.returncode == 1
    assert done.stderr == message


def test_a_child_cannot_take_more_memory_than_its_share() -> None:
    done = limited("x = bytearray(2 << 30)")
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


def test_a_smartplan_that_lies_beside_the_plans_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "smartplan").mkdir()
    (tmp_path / "smartplan" / "__init__.py").write_text("print('taken over')")
    (tmp_path / "plan.yaml").write_text(PLAN)
    program = f"import sys; sys.path.insert(0, {str(Path(isolation.__file__).parents[2])!r}); "
    program += (
        "from smartplan.cli.isolation import run_isolated; run_isolated(['lint', 'plan.yaml'])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert "taken over" not in done.stdout + done.stderr
    assert "plan.yaml" in done.stdout


@pytest.mark.parametrize("format_", ["text", "json", "github", "sarif"])
def test_isolated_lint_says_what_lint_says(tmp_path: Path, format_: str) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN + "note: {{ who }}\n")
    arguments = ["plan.yaml", f"--format={format_}", "--set", "who=me"]
    plainly = smartplan(tmp_path, "lint", *arguments)
    isolated = smartplan(tmp_path, "lint", "--isolate", *arguments)
    assert (isolated.returncode, isolated.stdout) == (plainly.returncode, plainly.stdout)
    assert plainly.returncode == 1


def test_isolated_lint_reads_a_plan_from_standard_input(tmp_path: Path) -> None:
    done = smartplan(tmp_path, "lint", "--isolate", "-", stdin="a: {{ 1")
    assert done.returncode == 1
    assert done.stdout.startswith("<stdin>:1:4: error SP001")


def test_isolated_lint_writes_reports_and_takes_values(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("a: {{ x }}\n")
    (tmp_path / "more.yaml").write_text("x: '@1'\n")
    done = smartplan(
        tmp_path,
        "lint",
        "--isolate",
        "--values",
        "more.yaml",
        "--report",
        "json=out.json",
        "plan.yaml",
    )
    assert done.returncode == 1
    assert json.loads((tmp_path / "out.json").read_text())["findings"][0]["code"] == "SP002"


HUNG = (
    "import sys, time\n"
    "from smartplan.cli import isolation\n"
    "isolation.CPU_SECONDS = 1\n"
    "from smartplan.cli.app import run\n"
    "sys.exit(run(sys.argv[1:]))"
)
"""The command line with a second of CPU time for an isolated run: less than many plans take."""


@pytest.mark.parametrize("format_", ["text", "json", "github", "sarif"])
def test_a_plan_that_takes_all_the_time_of_the_child_is_named(tmp_path: Path, format_: str) -> None:
    busy = "{% for i in range(1000) %}{% for j in range(170) %}{% set x = i == j %}{% endfor %}"
    for number in range(40):
        (tmp_path / f"plan-{number}.yaml").write_text(busy + "{% endfor %}\n")
    done = subprocess.run(
        [
            *(sys.executable, "-c", HUNG, "lint", "--isolate", "."),
            *(f"--format={format_}", "--report=json=out.json"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr == ""
    (finding,) = json.loads((tmp_path / "out.json").read_text())["findings"]
    assert finding["code"] == "SP001"
    assert finding["message"] == "checking it used more than 1 s of CPU time"
    assert finding["file"] in {f"plan-{number}.yaml" for number in range(40)}
    assert finding["file"] in done.stdout
    assert "1 s of CPU time" in done.stdout

"""Templates that would not end: each is refused at its line, long before anybody waits for it."""

import json
import os
import resource
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

CPU_SECONDS = 20
MEMORY = 768 << 20
WAIT = 120
"""Seconds for what takes less than two; on a busy machine the limit of CPU time ends it first."""

TOO_MUCH = "the template does too much"
TOO_LARGE = "a value too deep or too large"
NO_KEY = "a key must be a text or a number, not a list"

DOUBLED = (
    "{% set ns = namespace(x=(1,)) %}"
    "{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}\n"
)
TWICE = DOUBLED + DOUBLED.replace("ns", "m")
LISTS = TWICE.replace("(1,)", "[1]").replace("(ns.x, ns.x)", "[ns.x, ns.x]").replace(
    "(m.x, m.x)", "[m.x, m.x]"
)  # fmt: skip
DEEP = (
    "{% set ns = namespace(x=(1,)) %}{% for i in range(1000) %}{% for j in range(90) %}"
    "{% set ns.x = (ns.x,) %}{% endfor %}{% endfor %}\n"
)
BLANK = "{% set b %}" + " " * 500_000 + "{% endset %}\n"
TEXT = "{% set b %}" + "x\n" * 250_000 + "{% endset %}\n"
TEXTS = "{% set t = (" + "'x', " * 15_000 + ") %}\n"
TAKING_ALL = "{% macro m() %}{% if varargs %}{% endif %}{% endmacro %}"
LARGE = "{% set t = '" + "x" * 60_000 + "' %}{% set l = [" + "t, " * 20_000 + "] %}\n"
BUSY = "{{% for i in range(1000) %}}{{% for j in range(1000) %}}{}{{% endfor %}}{{% endfor %}}"
MERSENNE = 2**61 - 1
"""Python's hash of each of its multiples is 0."""


def smartplan(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    return subprocess.run(
        [sys.executable, "-m", "smartplan", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "HOME": str(folder)},
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=WAIT,
    )


def the_finding(folder: Path, text: str, *arguments: str) -> dict[str, str]:
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    done = smartplan(folder, "lint", "--format", "json", *arguments, "plan.yaml")
    assert done.stderr == ""
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    return finding


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DOUBLED + "{{ {'a': 1}.get(ns.x) }}", NO_KEY),
        (DOUBLED + "{{ {'a': 1}[ns.x] }}", NO_KEY),
        (DOUBLED + "{{ {ns.x: 1} }}", NO_KEY),
        (DOUBLED + "{{ dict([(ns.x, 1)]) }}", TOO_MUCH),
        ("\n{{ dict([((1, 2), 1)]) }}", NO_KEY),
        (DOUBLED + "{{ [ns.x] | unique | list }}", TOO_MUCH),
        (DOUBLED + "{{ ns.x in {'a': 1} }}", TOO_MUCH),
        (DOUBLED + "{{ [{'a': 1}] | map(attribute=ns.x) | list }}", NO_KEY),
        (DOUBLED + "{% include ns.x %}", TOO_MUCH),
        (DOUBLED + "{% include [ns.x, ns.x] %}", TOO_MUCH),
        (DOUBLED + "{% import ns.x as y %}", "the name of a template is text, not a list"),
        (DOUBLED + "{{ {'a': 1}[(ns,)] }}", NO_KEY),
        (DOUBLED + "{{ [1][(ns,)] }}", TOO_MUCH),
        (TWICE + "{{ ns.x == m.x }}", TOO_MUCH),
        (TWICE + "{{ ns.x < m.x }}", TOO_MUCH),
        (TWICE + "{{ ns.x not in [m.x] }}", TOO_MUCH),
        (TWICE + "{{ ns.x in {'a': m.x}.values() }}", TOO_MUCH),
        (TWICE + "{{ {'a': ns.x} == {'a': m.x} }}", TOO_MUCH),
        (TWICE + "{{ {'a': ns.x}.items() == {'a': m.x}.items() }}", TOO_MUCH),
        (LISTS + "{{ ns.x == m.x }}", TOO_MUCH),
        (LISTS + "{{ ns.x is eq m.x }}", TOO_MUCH),
        (LISTS + "{{ ns.x is in [m.x] }}", TOO_MUCH),
        (LISTS + "{{ [ns.x] | select('eq', m.x) | list }}", TOO_MUCH),
        (LISTS + "{{ [{'a': ns.x}] | selectattr('a', 'in', [m.x]) | list }}", TOO_MUCH),
        (LISTS + "{{ [ns.x, m.x] | sort | length }}", TOO_MUCH),
        (LISTS + "{{ [ns.x, m.x] | max | length }}", TOO_MUCH),
        (LISTS + "{{ [{'a': ns.x}, {'a': m.x}] | groupby('a') }}", TOO_MUCH),
        (LISTS + "{{ {'a': ns.x, 'b': m.x} | dictsort(by='value') }}", TOO_MUCH),
        (LISTS + "{% for i in (ns.x, m.x) %}{{ loop.changed(i) }}{% endfor %}", TOO_MUCH),
        (LISTS + "{% for i in [1] %}{{ (ns.x, 1) in loop }}{% endfor %}", TOO_MUCH),
        (LISTS + "{{ ns.x | string }}", TOO_MUCH),
        (LISTS + "{{ [ns.x] | join }}", TOO_MUCH),
        (LISTS + "{{ ns.x ~ '' }}", TOO_MUCH),
        (LISTS + "{{ ns.x }}", TOO_MUCH),
        (LISTS + "{% macro m(a) %}{{ a == a }}{% endmacro %}{{ m(ns.x) }}", TOO_MUCH),
        (
            LISTS + "{% macro m() %}{{ caller(ns.x) }}{% endmacro %}"
            "{% call(a) m() %}{{ a }}{% endcall %}",
            TOO_MUCH,
        ),
        (DOUBLED + "{{ pct(ns.x, 1) }}", TOO_MUCH),
        (DOUBLED + "{{ pct(ns, 1) }}", TOO_MUCH),
        (DOUBLED + "{{ [ns.x] | tick(1, 'tp') }}", TOO_MUCH),
        ("{% set n = namespace() %}{% set n.n = n %}\n{{ pct(n, 1) }}", TOO_LARGE),
        (DEEP + "{{ ns.x in {1: 1} }}", TOO_LARGE),
        (DEEP + "{{ ns.x == 1 }}", TOO_LARGE),
        ("\n{{ '%999999999d' is divisibleby 1 }}", "`%` needs numbers"),
        ("\n{{ '%999999999d' is odd }}", "`%` needs numbers"),
        ("\n{{ ('%999999999d', '') is even }}", "`%` needs numbers"),
        ("\n" + BUSY.format("{% for k in range(1000) if false %}{% endfor %}"), TOO_MUCH),
        (TEXT + BUSY.format("{% for k in b if false %}{% endfor %}"), TOO_MUCH),
        ("\n" + BUSY.format("{% set x = 0.5 in range(1000) %}"), TOO_MUCH),
        ("\n" + BUSY.format("{% set x = range(1000) | reject | list %}"), TOO_MUCH),
        ("\n" + BUSY.format("{% set x = ladder(1, 2, 1000, 'geometric') %}"), TOO_MUCH),
        (BLANK + BUSY.format("{% set x = b.strip() %}"), TOO_MUCH),
        (BLANK + BUSY.format("{% set x = b | trim %}"), TOO_MUCH),
        (TEXT + BUSY.format("{% set x = b | indent(0) %}"), TOO_MUCH),
        (TEXTS + BUSY.format("{% set x = 'y'.startswith(t) %}"), TOO_MUCH),
        (TEXTS + BUSY.format("{% set x = t | string | length %}"), TOO_MUCH),
        (TEXTS + TAKING_ALL + BUSY.format("{{ m(*t) }}"), TOO_MUCH),
        (LARGE + "{{ l }}", TOO_MUCH),
        (LARGE + "{{ l | join }}", TOO_MUCH),
        (
            "{% set l = [" + "{'a': 1}," * 1000 + "] %}\n"
            "{% set x = l | sort(attribute='" + "a," * 30_000 + "a') %}",
            TOO_MUCH,
        ),
        (
            "\n{{ [" + ", ".join(str(MERSENNE * n) for n in range(1, 12_000)) + "] | unique }}",
            "a key of more than 18 digits",
        ),
        ("{# " + "{%import " * 90_000 + "#}\n{{ nope }}", "'nope' is undefined"),
    ],
    ids=lambda value: value.replace("\n", " ")[-50:],
)  # fmt: skip
def test_a_template_without_end_is_one_finding_at_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    finding = the_finding(tmp_path, text)
    assert finding["code"] == "SP001"
    assert finding["message"].startswith(message)
    assert (finding["file"], finding["line"]) == ("plan.yaml", text.rstrip().count("\n") + 1)


def test_including_a_template_pays_for_the_variables_it_is_handed(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "empty.jinja").write_text("")
    (tmp_path / "values.yaml").write_text("".join(f"v{n}: 1\n" for n in range(20_000)))
    finding = the_finding(tmp_path, BUSY.format("{% include 'empty.jinja' %}"))
    assert finding["message"].startswith(TOO_MUCH)


def test_names_that_look_alike_are_not_compared_for_ever(tmp_path: Path) -> None:
    alike = "".join(f"{'xy' * 95}{n}: 1\n" for n in range(4_000))
    (tmp_path / "values.yaml").write_text(alike)
    finding = the_finding(tmp_path, "{{ " + "yx" * 95 + " }}")
    assert finding["message"].endswith("is undefined")


def test_values_whose_hashes_are_all_the_same_are_refused(tmp_path: Path) -> None:
    numbers = ", ".join(str(MERSENNE * n) for n in range(1, 40_000))
    (tmp_path / "values.yaml").write_text(f"l: [{numbers}]\n")
    finding = the_finding(tmp_path, "{{ l | unique | length }}")
    assert finding["message"] == "a key of more than 18 digits"


@pytest.mark.parametrize("command", ["lint", "diff", "apply", "render", "report"])
def test_every_command_refuses_it_alike(tmp_path: Path, command: str) -> None:
    (tmp_path / "plan.yaml").write_text(DOUBLED + "{{ {'a': 1}.get(ns.x) }}")
    done = smartplan(tmp_path, command, "plan.yaml", *(["--yes"] if command == "apply" else []))
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "plan.yaml:2:" in said
    assert NO_KEY in said


def test_overrides_that_look_alike_are_not_compared_for_ever(tmp_path: Path) -> None:
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\n')
    names = ["".join(letters) for letters in product("xyz", repeat=8)][:4_000]
    (tmp_path / "values.yaml").write_text("".join(f"{name}a: 1\n" for name in names))
    (tmp_path / "values.sandbox.yaml").write_text("".join(f"{name}b: 1\n" for name in names))
    (tmp_path / "plan.yaml").write_text("trades: {}\n")
    done = smartplan(tmp_path, "lint", "--format", "json", "plan.yaml")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["findings"]) <= 51

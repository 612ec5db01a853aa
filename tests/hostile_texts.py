"""Texts of plans that are meant to do harm, and how what is said of each begins."""

from tests.plans import PLAN

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
MERGES = "a0: &a0 {k: 1}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)
QUADRATIC = f"a: &a '{'x' * 60_000}'\nb: [{'*a, ' * 60_000}]\n"
BUSY = "{{% for i in range(1000) %}}{{% for j in range(1000) %}}{}{{% endfor %}}{{% endfor %}}"
GROWING = (
    "{{% set s = namespace(v={}) %}}{{% for i in range(99) %}}{{% set s.v = {} %}}{{% endfor %}}"
)
TOO_MANY = "more than 50,000 values once aliases and merges are expanded"

HOSTILE = (
    ("{#" * 400_000, "`{#` is never closed"),
    ("{{" * 400_000, "blocks or brackets nested too deep"),
    ("[" * 200_000, "nested deeper than 32 levels"),
    ('{"a":' * 100_000, "nested deeper than 32 levels"),
    ("- " * 200_000 + "x", "nested deeper than 32 levels"),
    ("".join(f"{' ' * n}k:\n" for n in range(1000)), "nested deeper than 32 levels"),
    (LAUGHS, TOO_MANY),
    (MERGES, TOO_MANY),
    (QUADRATIC, TOO_MANY),
    ("[" + "1," * 400_000 + "1]", TOO_MANY),
    ("a: &a [*a]", "the alias *a contains itself"),
    ("a: !!python/object/apply:os.system [id]", "the tag 'tag:yaml.org,2002:python/object"),
    (PLAN + "note: x\u202ey\n", "the character U+202E is not allowed"),
    (PLAN + 'note: "\\u202e"\n', "the character U+202E is not allowed"),
    (PLAN + "note: \x1b[2J\n", "the character U+001B is not allowed"),
    (PLAN + "note: 1e999999999\n", "a number with the exponent 999999999"),
    (PLAN + "note: " + "9" * 900_000, "a text longer than 65,536 characters"),
    (PLAN + "note: '" + "x" * 900_000 + "'", "a text longer than 65,536 characters"),
    (PLAN + "pair: USDT_ETH\n", "the key `pair` stands here twice"),
    (PLAN + "---\n" + PLAN, "a second YAML document begins here"),
    (PLAN + "\tnote: x\n", "a tab in the indentation"),
    ("x" * 1_048_577, "larger than 1 MiB"),
    (BUSY.format("{% for k in range(9) %}{% endfor %}"), "the template does too much"),
    (GROWING.format("[1]", "s.v + s.v"), "a list too long for a plan"),
    (GROWING.format("[1]", "[s.v, s.v]") + "{{ s.v }}", "a value too deep or too large"),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "templates or macros call one another"),
    ("{{ 9 ** 9 ** 9 }}", "powers are not available"),
    ("{{ 'x' * 1000000000 }}", "`*` needs numbers"),
    ("{{ '{:>1000000000}'.format(1) }}", "templates have no `format`"),
    ("{{ '%1000000000d' % 1 }}", "`%` needs numbers"),
    ("{{ range(10000000000) }}", "range needs whole numbers"),
    ("{{ ''.__class__.__mro__ }}", "templates have no `__class__`"),
    ("{% set b %}" + "x" * 99_999 + "{% endset %}" + "{{ b }}" * 99, "the rendered plan is"),
    ("{{1}}" * 200_000, "more than 50,000 words and signs inside tags"),
    ("{{ " + "(" * 100_000, "blocks or brackets nested too deep"),
    ("{% if 1 %}" * 10_000, "blocks or brackets nested too deep"),
    ("{% set x %}" * 10_000, "blocks or brackets nested too deep"),
    ("{{ " + "not " * 10_000 + "1 }}", "blocks or brackets nested too deep"),
    ("{{ " + "-" * 10_000 + "1 }}", "blocks or brackets nested too deep"),
    ("{{ " + "1 if 0 else " * 9_000 + "1 }}", "blocks or brackets nested too deep"),
    ("{{ 1 }}" + "x" * 1_048_577, "larger than 1 MiB"),
    ("{% include '../../etc/passwd' %}", "the template path '../../etc/passwd' leaves the"),
    ("{% include '/etc/passwd' %}", "the template path '/etc/passwd' leaves"),
    ("{% include 'loop.yaml' %}", "templates or macros call one another without end"),
    ("{% include 'link.yaml' %}", "the template 'link.yaml' is a link out of the workspace"),
    ("note: {{ note }}", "a value with a line break could add keys to the plan"),
    ("note: {{ [note] }}", "a value with a line break could add keys to the plan"),
)  # fmt: skip


def named(value: object) -> str | None:
    """How a test with one of them is called."""
    return value[:30] if isinstance(value, str) else None

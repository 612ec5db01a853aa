"""Regular expressions that are compiled at their first use: the same ones, later."""

import re
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

from smartplan.lazy import left_out, patterns_put_off

SOURCE = "import re\nWORDS = re.compile('([a-z]+)-([0-9]+)', re.IGNORECASE)\n"


def made(name: str) -> ModuleType:
    """A module of this name that compiles an expression."""
    module = ModuleType(name)
    exec(SOURCE, module.__dict__)
    return module


def test_an_expression_of_a_named_module_finds_what_it_always_found() -> None:
    with patterns_put_off("late"):
        words = made("late").WORDS
    assert not isinstance(words, re.Pattern)
    assert words.fullmatch("AB-12").groups() == ("AB", "12")
    assert words.sub(r"\2-\1", "ab-12 cd-34") == "12-ab 34-cd"
    assert words.flags == re.compile("([a-z]+)-([0-9]+)", re.IGNORECASE).flags


def test_other_modules_get_what_they_asked_for() -> None:
    with patterns_put_off("late"):
        assert isinstance(made("other").WORDS, re.Pattern)


def test_whatever_happens_inside_expressions_are_compiled_as_before_afterwards() -> None:
    before = re.compile
    with pytest.raises(ImportError), patterns_put_off("late"):
        raise ImportError
    assert re.compile is before


def test_what_is_left_out_cannot_be_imported_inside_and_can_afterwards() -> None:
    sys.modules.pop("this", None)
    with left_out("this", "re"), pytest.raises(ImportError):
        import_module("this")
    assert "this" not in sys.modules
    assert sys.modules["re"] is re


USED = """
import sys
import smartplan.document.yaml_library
import smartplan.api.http_library
import datetime, logging, string
import httpx, yaml
from smartplan.lazy import _Pattern

late = yaml.reader.Reader.NON_PRINTABLE
assert isinstance(late, _Pattern) and late._compiled is None
assert not [name for name, module in sys.modules.items() if module is None]
assert 'httpx._main' not in sys.modules
read = yaml.load("a: 2026-12-01\\nb: 0x1F\\nc: yes\\nd: 1_000.5\\ne: ~\\n", yaml.SafeLoader)
assert read == dict(a=datetime.date(2026, 12, 1), b=31, c=True, d=1000.5, e=None), read
try:
    yaml.load("a: \\x00", yaml.SafeLoader)
except yaml.reader.ReaderError as error:
    assert error.character == 0
else:
    raise AssertionError("what cannot be printed was read")

cookie = {"Set-Cookie": 'a="b c"; Expires=Wed, 01 Dec 2027 10:00:00 GMT; Path=/x%2fy'}
asked = httpx.Request("GET", "https://shop.example.org/x%2fy/z")
answer = httpx.Response(200, headers=cookie, request=asked)
(one,) = answer.cookies.jar
assert (one.value, one.expires, one.domain) == ('"b c"', 1827655200, "shop.example.org"), vars(one)

logging.basicConfig(format="{levelname}: ${message}", style="{", stream=sys.stdout)
logging.warning("told")
assert logging.StringTemplateStyle("$message").usesTime() is False
assert string.Template("$a ${b}").substitute(a=1, b=2) == "1 2"
assert httpx.URL("https://münchen.example/").raw_host == b"xn--mnchen-3ya.example"
"""


def test_the_libraries_do_for_others_what_they_always_did() -> None:
    done = subprocess.run([sys.executable, "-c", USED], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == "WARNING: $told\n"

"""What installs the same smartplan elsewhere, by what pip has written down of this one."""

import json

import pytest

from smartplan.workflow import installation
from smartplan.workflow.installation import pin

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def installed(monkeypatch: pytest.MonkeyPatch, said: dict) -> None:
    class Installed:
        @staticmethod
        def read_text(name: str) -> str:
            assert name == "direct_url.json"
            return json.dumps(said)

    monkeypatch.setattr(installation.Distribution, "from_name", lambda name: Installed())


def test_from_a_repository_it_is_that_commit_without_what_opens_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "https://user:token@git.example/desk/smartplan.git"
    installed(monkeypatch, {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}})
    found = pin("0.1.0")
    assert found.requirement == (
        f"smartplan[postgres] @ git+https://git.example/desk/smartplan.git@{COMMIT}"
    )
    assert found.known


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"url": "file:///tmp/smartplan-0.1.0-py3-none-any.whl", "archive_info": {}},
        {"url": "ssh://git@git.example/x.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
    ],
)
def test_what_a_runner_cannot_fetch_is_left_to_be_filled_in(
    monkeypatch: pytest.MonkeyPatch, said: dict
) -> None:
    installed(monkeypatch, said)
    found = pin("0.1.0")
    assert not found.known
    assert found.requirement.endswith("git+https://HOST/OWNER/smartplan@COMMIT")
    assert "==" not in found.requirement


def test_the_name_is_installed_only_once_it_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "REGISTERED", True)
    assert pin("0.1.0").requirement == "smartplan[postgres]==0.1.0"

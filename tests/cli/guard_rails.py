"""Guard rails of a workspace, and what the journal keeps of those that were set aside."""

import json

from tests.workspace import Workspace

EXCUSE = ("--reason", "agreed with the desk")


def policy(workspace: Workspace, text: str) -> None:
    file = workspace.toml
    file.write_text(file.read_text().partition("[policy]")[0] + f"[policy]\n{text}")


def overrides(workspace: Workspace, *name: str) -> list[dict[str, str]]:
    ran = workspace.run("history", *name, "--format", "json")
    return [event for event in json.loads(ran.out)["events"] if event["kind"] == "override"]


def apply(workspace: Workspace, *arguments: str):
    return workspace.run("apply", "--yes", *arguments)

"""Takes the steps of a workflow as a runner of GitHub does: a shell, a clean clone, no terminal."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.process import finish

AUTHOR = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]


def git(folder: Path, *words: str) -> str:
    done = finish(["git", *AUTHOR, *words], folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Runner:
    """Takes the steps of a job; every job starts in a clean clone."""

    def __init__(
        self, origin: Path, folder: Path, temporary: Path, known: Mapping[str, str]
    ) -> None:
        self._origin = origin
        self._folder = folder
        self._all = dict(known)
        self._known: dict[str, str] = {}
        self._installed = 0
        self.inputs: dict[str, str] = {}
        self.temporary = temporary
        temporary.mkdir()
        self.summary = folder / "summary.md"

    def job(self, workflow: str, name: str, event: str) -> tuple[int, str]:
        """The exit code of its last step and what the steps said."""
        clone = self._folder / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        git(self._folder, "clone", "--quiet", str(self._origin), str(clone))
        written = yaml.safe_load((clone / ".github" / "workflows" / workflow).read_text())
        job, said, code = written["jobs"][name], "", 0
        protected = f"{job.get('environment', '')}/"
        # The secrets of a protected environment go over those of the repository.
        self._known |= {
            known.removeprefix(protected): value
            for known, value in self._all.items()
            if known.startswith(protected) or "/" not in known
        }
        around = self._resolved({**written.get("env", {}), **job.get("env", {})})
        for step in job["steps"]:
            if not self._is_taken(step, event):
                continue
            output = self._folder / "output"
            output.write_text("")
            done = finish(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                Path(self._expanded(step.get("working-directory", str(clone)))),
                timeout=300,
                **around,
                **self._resolved(step.get("env", {})),
                RUNNER_TEMP=str(self.temporary),
                GITHUB_ACTIONS="true",
                GITHUB_OUTPUT=str(output),
                GITHUB_STEP_SUMMARY=str(self.summary),
                GITHUB_WORKSPACE=str(clone),
                **self._service,
            )
            said += done.stdout + done.stderr
            for line in output.read_text().splitlines():
                key, _, value = line.partition("=")
                for scope in (f"steps.{step['id']}", f"needs.{name}"):
                    self._known[f"{scope}.outputs.{key}"] = value
            code = done.returncode
            if code != 0:
                break
        return code, said

    def _is_taken(self, step: Mapping[str, str], event: str) -> bool:
        """Whether it is ours to run; what is installed once need not be again."""
        if "run" not in step or event not in step.get("if", event):
            return False
        if step["name"] != "Install smartplan":
            return True
        self._installed += 1
        return self._installed == 1

    def _expanded(self, text: str) -> str:
        return text.replace("${{ runner.temp }}", str(self.temporary))

    def installed(self, prefix: Path) -> None:
        """Take the smartplan of this environment; nothing is installed."""
        (self.temporary / "smartplan").symlink_to(prefix)
        self._installed = 1

    def known(self, name: str) -> str:
        return self._known[name]

    def serve(self, **service: str) -> None:
        self._service = service

    def _resolved(self, env: Mapping[str, str]) -> dict[str, str]:
        def value(match: re.Match[str]) -> str:
            if match[1].startswith("inputs."):
                return self.inputs.get(match[1].removeprefix("inputs."), "")
            return self._known[match[1]]

        return {
            key: re.sub(r"\$\{\{ (\S+) \}\}", value, text)
            for key, text in env.items()
            if key != "PATH"
        }

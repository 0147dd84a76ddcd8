"""act as the tests drive it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from athenaeum.settings import cache_dir

WORKFLOW = """\
on: [push, pull_request, workflow_dispatch]
permissions:
  contents: read
  pull-requests: write
jobs:
  endpoint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: athenaeum
        uses: athenaeum/deploy@v1
        with:
          docs-path: docs
          target: local
          mode: ${{ env.MODE }}
          gate: ${{ env.GATE }}
          release: ${{ env.RELEASE }}
      - name: report
        if: always()
        env:
          REPORT: ${{ steps.athenaeum.outputs.report }}
        run: test -z "$REPORT" || cat "$REPORT"
      - name: ask
        if: steps.athenaeum.outputs.endpoint-url
        env:
          ENDPOINT: ${{ steps.athenaeum.outputs.endpoint-url }}
        run: |
          curl --silent --fail "$ENDPOINT/search" -H 'content-type: application/json' \\
            -d '{"query": "default colour of a widget"}'
"""


@dataclass(frozen=True)
class Job:
    """One run of act: its exit code and its whole log."""

    code: int
    log: str

    @property
    def report(self) -> str:
        """The report as the job's second step showed it."""
        lines = [line.partition("| ")[2] if "| " in line else "" for line in self.log.splitlines()]
        first = next((at for at, line in enumerate(lines) if line.startswith(("### ", "## Docs endpoint"))), len(lines))
        last = next((at for at in range(first, len(lines)) if lines[at].startswith("<sub>")), first)
        return "\n".join(lines[first : last + 1])

    def output(self, name: str) -> str:
        """The last value the action gave an output."""
        lines = [line.partition(f"::set-output:: {name}=")[2] for line in self.log.splitlines()]
        return next((line.strip() for line in reversed(lines) if line), "")


@dataclass(frozen=True)
class Runner:
    """Runs workflows with act, which takes `athenaeum/deploy@v1` from a copy of this checkout."""

    act: Path
    checkout: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """What every process of a job is given, and what a person beside it would set."""
        return {**os.environ, "ACT_DISABLE_VERSION_CHECK": "1", "ATHENAEUM_LOCAL_DIR": str(self.home)}

    def command(self, *arguments: str) -> list[str | Path]:
        """The act command for an event."""
        # Named here because act gives its jobs an environment of their own.
        given = {"ATHENAEUM_CACHE_DIR": str(cache_dir()), "ATHENAEUM_LOCAL_DIR": str(self.home), "UV_OFFLINE": "1"}
        variables = [part for name, value in given.items() for part in ("--env", f"{name}={value}")]
        mapped = f"athenaeum/deploy@v1={self.checkout}"
        platform = ["-P", "ubuntu-latest=-self-hosted", "--local-repository", mapped, "--no-cache-server"]
        return [self.act, *arguments, *platform, *variables]

    def push(self, repository: Path, **variables: str) -> Job:
        """Commit what is there and run the workflows of a push; `variables` are the job's, on top of the usual."""
        commit(repository)
        return self.run("push", repository=repository, **variables)

    def pull_request(self, repository: Path, *, branch: str, token: str = "", number: int = 7, **variables: str) -> Job:
        """Commit what is there to a branch off main, run the workflows of its pull request, and go back to main.

        `token` is what GitHub would give the job.
        """
        base = git(repository, "rev-parse", "HEAD")
        git(repository, "checkout", "-q", "-B", branch)
        head = commit(repository)
        payload = {
            "number": number,
            "pull_request": {
                "number": number,
                "head": {"sha": head, "ref": branch},
                "base": {"sha": base, "ref": "main"},
            },
            "repository": {"full_name": f"acme/{repository.name.replace(' ', '-')}", "private": False},
        }
        event = repository.parent / f"{branch}.json"
        event.write_text(json.dumps(payload))
        secrets = ["-s", f"GITHUB_TOKEN={token}"] if token else []
        job = self.run("pull_request", "-e", str(event), *secrets, repository=repository, **variables)
        git(repository, "checkout", "-q", "main")
        return job

    def run(self, *arguments: str, repository: Path, **variables: str) -> Job:
        """Run the workflows of an event on what is committed."""
        given = [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
        done = subprocess.run(
            [*self.command(*arguments), *given],
            cwd=repository,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Job(done.returncode, done.stdout + done.stderr)


def commit(repository: Path) -> str:
    """Commit all that is there and give the commit; the first makes the repository."""
    if not (repository / ".git").exists():
        git(repository, "init", "-q", "-b", "main")
        git(repository, "remote", "add", "origin", f"https://github.com/acme/{repository.name.replace(' ', '-')}.git")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "--allow-empty", "-m", "Change the docs")
    return git(repository, "rev-parse", "HEAD")


def git(repository: Path, *arguments: str) -> str:
    """Run git as the docs' author; what it printed."""
    command = ["git", "-c", "user.name=Docs", "-c", "user.email=docs@example.com", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

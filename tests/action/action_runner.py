"""act as the tests drive it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from athenaeum.settings import cache_dir

WORKFLOW = """\
on: push
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
      - name: ask
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

    def push(self, repository: Path) -> Job:
        """Commit what is there and run the workflows of a push."""
        commit(repository)
        done = subprocess.run(
            self.command("push"), cwd=repository, env=self.environment, capture_output=True, text=True, check=False
        )
        return Job(done.returncode, done.stdout + done.stderr)


def commit(repository: Path) -> None:
    git = ["git", "-c", "user.name=Docs", "-c", "user.email=docs@example.com", "-C", str(repository)]
    if not (repository / ".git").exists():
        subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
        origin = f"https://github.com/acme/{repository.name.replace(' ', '-')}.git"
        subprocess.run([*git, "remote", "add", "origin", origin], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Change the docs"], check=True)

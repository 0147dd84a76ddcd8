"""Mode check in this process, on a repository of the test's own, as the job of a pull request runs it."""

import json
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from action_runner import commit, git

from athenaeum.action.main import main


@dataclass(frozen=True)
class Checked:
    """What a check said: exit code, the report, and the step's outputs as their file has them."""

    code: int
    report: str
    outputs: str

    @property
    def headline(self) -> str:
        """The first line, without the mark of a heading."""
        return self.report.partition("\n")[0].removeprefix("### ")

    @property
    def opened(self) -> str:
        """What a reader sees without a click, figures and footer left out."""
        return re.sub(r"<details>.*?</details>|<sub>Compared.*?</sub>", "", self.report, flags=re.DOTALL)


def check(repository: Path, *, base: str, event: str = "pull_request", **environ: str) -> Checked:
    """Check HEAD against `base`; `environ` is set besides what a job has, such as INPUT_DOCS_PATH."""
    out = repository.parent / f"job of {repository.name}"
    out.mkdir(exist_ok=True)
    head = git(repository, "rev-parse", "HEAD")
    payload: dict[str, object] = {"repository": {"private": False}}
    if event == "merge_group":
        payload["merge_group"] = {"base_sha": base, "head_sha": head}
    else:
        payload["pull_request"] = {"head": {"sha": head}, "base": {"sha": base}}
    (out / "event.json").write_text(json.dumps(payload))
    for name in ("summary", "output"):
        (out / name).unlink(missing_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
    environment = {
        **kept,
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(out / "event.json"),
        "GITHUB_REPOSITORY": "acme/docs",
        "GITHUB_SHA": head,
        "GITHUB_WORKSPACE": str(repository),
        "GITHUB_STEP_SUMMARY": str(out / "summary"),
        "GITHUB_OUTPUT": str(out / "output"),
        "RUNNER_TEMP": str(out),
        **environ,
    }
    here, handler = Path.cwd(), signal.getsignal(signal.SIGTERM)
    try:
        os.chdir(repository)
        with patch.dict(os.environ, environment, clear=True):
            code = main(environment)
    finally:
        os.chdir(here)
        signal.signal(signal.SIGTERM, handler)
    summary, outputs = ((out / name).read_text() if (out / name).exists() else "" for name in ("summary", "output"))
    # The times of the phases are no part of the report.
    return Checked(code, summary, outputs)


def changed(repository: Path, *, base: str, **environ: str) -> Checked:
    """Commit what is there to a branch, and check it."""
    git(repository, "checkout", "-q", "-B", "change")
    commit(repository)
    return check(repository, base=base, **environ)

"""The job summary: what is live, from which commit, what changed, how well it answers and how long each phase took."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from athenaeum.action.measuring import Measured
from athenaeum.action.smoke.smoke_test import SmokeReport
from athenaeum.action.step.checkout_paths import checkout_path
from athenaeum.action.step.escaping import cell, code
from athenaeum.errors import AthenaeumError
from athenaeum.ingestion.report import BuildReport, Notice
from athenaeum.printing import printable

REPORT_FILE = "athenaeum-report.md"
SHOWN = 20
"""Changed pages and notices listed before the rest is counted."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a deploy left behind, for outputs and summary."""

    endpoint: str
    mcp: str
    stack: str
    bucket: str
    release: str
    commit: str
    report: BuildReport
    measured: Measured
    smoke: SmokeReport

    def outputs(self) -> dict[str, object]:
        """The values of the action's outputs."""
        return {
            "endpoint-url": self.endpoint,
            "mcp-url": self.mcp,
            "release": self.release,
            "commit": self.commit,
            "stack-name": self.stack,
            "index-bucket": self.bucket,
            "pages": self.report.pages,
            "chunks": self.report.chunks,
            "changed-pages": self.report.changed_pages,
            **self.measured.outputs(),
        }


def success(result: Result, *, seconds: Mapping[str, float], target: str) -> str:
    """The summary of a run that ended well, in Markdown."""
    where = " on the embedded AWS of this job" if target == "local" else ""
    report = result.report
    lines = [
        f"## Docs endpoint is live{where}",
        "",
        f"<{result.endpoint}>" if result.endpoint else "",
        "",
        "| | |",
        "| --- | --- |",
        f"| release | `{result.release}` |",
        f"| commit | `{result.commit[:12] or 'unknown'}` |",
        f"| pages | {report.pages} |",
        f"| chunks | {report.chunks} |",
        *_answers(result.measured),
        f"| smoke test | {cell(result.smoke.told())} |",
        f"| MCP for agents | <{result.mcp}> |",
        f"| stack | {code(result.stack)} |",
        "",
        *_moves(result.measured),
        *_pages("added", report.added),
        *_pages("changed", report.changed),
        *_pages("removed", report.removed),
        *_pages("renamed", [f"{old} → {new}" for old, new in report.renamed]),
        *_notices(report.notices),
        *times(seconds),
    ]
    return "\n".join(lines) + "\n"


def write(page: str, *, environ: Mapping[str, str], name: str = REPORT_FILE) -> Path:
    """Keep a report as a file of the step, and tell where: a job may have several steps, each with its own report."""
    folder = Path(environ.get("RUNNER_TEMP") or tempfile.gettempdir())
    stem, _, suffix = name.rpartition(".")
    handle, path = tempfile.mkstemp(prefix=f"{stem}-", suffix=f".{suffix}", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(printable(page))
    # Readable for later steps of the job, also those of another user.
    Path(path).chmod(0o644)
    return Path(path)


def failure(error: AthenaeumError, *, seconds: Mapping[str, float]) -> str:
    """The summary of a run that failed: the sentence, the remedy and where the time went."""
    file = checkout_path(error.file)
    place = f" ({cell(file)}:{error.line})" if file and error.line else ""
    lines = ["## Docs endpoint: failed", "", f"**{cell(error.message)}**{place}", "", cell(error.remedy), ""]
    lines += ["What was live before is still live.", "", *times(seconds)]
    return "\n".join(lines) + "\n"


def _answers(measured: Measured) -> list[str]:
    if measured.now is None:
        return []
    means = measured.now.means
    shown = f"recall@5 {means['recall@5'].value:.3f}, MRR {means['mrr'].value:.3f}"
    return [f"| {len(measured.now.results)} questions | {shown}: {measured.verdict} |"]


def _moves(measured: Measured) -> list[str]:
    if not measured.moved and not measured.reasons:
        return []
    reasons = [f"- {cell(reason)}" for reason in measured.reasons]
    rows = [f"- {moved.move}: {cell(moved.move.question.text)}" for moved in measured.moved[:SHOWN]]
    rest = [f"- … and {len(measured.moved) - SHOWN} more"] if len(measured.moved) > SHOWN else []
    return ["**Answers that moved**", "", *reasons, *rows, *rest, ""]


def _pages(kind: str, paths: Sequence[str]) -> list[str]:
    if not paths:
        return []
    shown = [f"- {code(path)}" for path in paths[:SHOWN]]
    rest = [f"- … and {len(paths) - SHOWN} more"] if len(paths) > SHOWN else []
    return [f"**{len(paths)} {'page' if len(paths) == 1 else 'pages'} {kind}**", "", *shown, *rest, ""]


def _notices(notices: Sequence[Notice]) -> list[str]:
    if not notices:
        return []
    shown = [f"- {code(f'{each.file}:{each.line}')} {cell(each.message)}" for each in notices[:SHOWN]]
    rest = [f"- … and {len(notices) - SHOWN} more"] if len(notices) > SHOWN else []
    return ["<details><summary>Notices</summary>", "", *shown, *rest, "", "</details>", ""]


def times(seconds: Mapping[str, float]) -> list[str]:
    """How long each phase took, as one small line."""
    if not seconds:
        return []
    cells = " · ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
    return [f"<sub>{cells} · together {sum(seconds.values()):.1f} s</sub>"]

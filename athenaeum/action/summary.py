"""The job summary: what is live, from which commit, what changed and how long each phase took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from athenaeum.action.escaping import cell
from athenaeum.errors import AthenaeumError

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
    pages: int
    chunks: int
    added: Sequence[str] = ()
    changed: Sequence[str] = ()
    removed: Sequence[str] = ()
    notices: Sequence[tuple[str, int, str]] = ()

    def outputs(self) -> dict[str, object]:
        """The values of the action's outputs."""
        return {
            "endpoint-url": self.endpoint,
            "mcp-url": self.mcp,
            "release": self.release,
            "commit": self.commit,
            "stack-name": self.stack,
            "index-bucket": self.bucket,
            "pages": self.pages,
            "chunks": self.chunks,
            "changed-pages": len(self.added) + len(self.changed) + len(self.removed),
        }


def success(result: Result, *, seconds: Mapping[str, float], target: str) -> str:
    """The summary of a run that ended well, in Markdown."""
    where = " on the embedded AWS of this job" if target == "local" else ""
    lines = [
        f"## Docs endpoint is live{where}",
        "",
        f"<{result.endpoint}>" if result.endpoint else "",
        "",
        "| | |",
        "| --- | --- |",
        f"| release | `{result.release}` |",
        f"| commit | `{result.commit[:12] or 'unknown'}` |",
        f"| pages | {result.pages} |",
        f"| chunks | {result.chunks} |",
        f"| MCP for agents | <{result.mcp}> |",
        f"| stack | `{result.stack}` |",
        "",
        *_pages("added", result.added),
        *_pages("changed", result.changed),
        *_pages("removed", result.removed),
        *_notices(result.notices),
        *times(seconds),
    ]
    return "\n".join(lines) + "\n"


def failure(error: AthenaeumError, *, seconds: Mapping[str, float]) -> str:
    """The summary of a run that failed: the sentence, the remedy and where the time went."""
    place = f" ({cell(error.file)}:{error.line})" if error.file and error.line else ""
    lines = ["## Docs endpoint: failed", "", f"**{cell(error.message)}**{place}", "", cell(error.remedy), ""]
    lines += ["What was live before is still live.", "", *times(seconds)]
    return "\n".join(lines) + "\n"


def _pages(kind: str, paths: Sequence[str]) -> list[str]:
    if not paths:
        return []
    shown = [f"- {cell(path)}" for path in paths[:SHOWN]]
    rest = [f"- … and {len(paths) - SHOWN} more"] if len(paths) > SHOWN else []
    return [f"**{len(paths)} {'page' if len(paths) == 1 else 'pages'} {kind}**", "", *shown, *rest, ""]


def _notices(notices: Sequence[tuple[str, int, str]]) -> list[str]:
    if not notices:
        return []
    shown = [f"- {cell(file)}:{line} {cell(message)}" for file, line, message in notices[:SHOWN]]
    rest = [f"- … and {len(notices) - SHOWN} more"] if len(notices) > SHOWN else []
    return ["<details><summary>Notices</summary>", "", *shown, *rest, "", "</details>", ""]


def times(seconds: Mapping[str, float]) -> list[str]:
    """How long each phase took, as one small line."""
    if not seconds:
        return []
    cells = " · ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
    return [f"<sub>{cells} · together {sum(seconds.values()):.1f} s</sub>"]

"""Build the index of docs folders, or bring it up to date: only what changed is done again.

Without DOCS the folders that athenaeum.yml names are taken.
"""

import argparse
import json
import os
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from athenaeum.settings import DEFAULT_INDEX_DIR

if TYPE_CHECKING:
    from athenaeum.config import Config
    from athenaeum.ingestion.report import BuildReport

_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags; each wins over athenaeum.yml."""
    parser.add_argument("docs", nargs="*", type=Path, metavar="DOCS", help="docs folders or files")
    parser.add_argument("--output", "--index", type=Path, default=Path(DEFAULT_INDEX_DIR), metavar="DIR")
    parser.add_argument("--chunk-size", type=int, metavar="N", help="most characters in a chunk")
    parser.add_argument("--chunk-overlap", type=int, metavar="N", help="characters repeated from the chunk before")
    for name, what in (("include", "files to index"), ("exclude", "files to leave out")):
        parser.add_argument(f"--{name}", nargs="+", action="extend", metavar="GLOB", help=f"globs of {what}")
    parser.add_argument("--embed-model", default="", metavar="MODEL", help="Hugging Face id or local folder")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="", help="default: int8 if little is lost")
    parser.add_argument("--site-url", default="", metavar="URL", help="address of the published site")
    parser.add_argument("--site-dialect", default="", metavar="NAME", help="generator of the site, such as mkdocs")
    parser.add_argument("--repository", default="", help="owner/name or clone address; default: from git")
    parser.add_argument("--commit", default="", help="commit that permalinks point at; default: from git")
    parser.add_argument("--check-links", action="store_true", help="also report broken internal links, and fail on any")
    parser.add_argument("--config", type=Path, default=None, help="configuration file (default athenaeum.yml)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Build, and say what was done."""
    from athenaeum.cli.progress import progress_to
    from athenaeum.errors import LinksError
    from athenaeum.ingestion.origin import find_origin
    from athenaeum.ingestion.pipeline import build

    config = _config(args)
    roots = args.docs or [Path(path) for path in config.docs.paths]
    origin = find_origin(roots[0], os.environ, repository=args.repository, commit=args.commit)
    with progress_to(quiet=args.json) as progress:
        report = build(
            roots,
            output=args.output,
            config=config,
            repository=origin.repository,
            commit=origin.commit,
            broken_links=args.check_links,
            progress=progress,
        )
    if args.json:
        print(json.dumps({**_as_json(report), "output": str(args.output), **asdict(origin)}))
    else:
        print("\n".join(summary(report, output=args.output)))
        if origin.note:
            print(f"  The commit is not known, so permalinks are left out: {origin.note}")
    if report.broken_links:
        count = len(report.broken_links)
        raise LinksError(
            f"{count} internal {'link is' if count == 1 else 'links are'} broken; the index was written.",
            remedy="Correct the links listed above.",
        )
    return 0


def _config(args: argparse.Namespace) -> "Config":
    from athenaeum.config import load_config

    overrides = {
        "chunking.size": args.chunk_size,
        "chunking.overlap": args.chunk_overlap,
        "docs.include": args.include,
        "docs.exclude": args.exclude,
        "embedding.model": args.embed_model,
        "embedding.precision": args.precision,
        "site.url": args.site_url,
        "site.dialect": args.site_dialect,
    }
    return load_config(args.config, overrides=overrides)


def summary(report: "BuildReport", *, output: Path) -> list[str]:
    """The report as lines for a person."""
    took = sum(report.seconds.values())
    size = f"{_counted(report.pages, 'page')}, {_counted(report.chunks, 'chunk')}"
    if report.unchanged:
        lines = [f"Nothing changed: {size} in {output}, release {report.release} ({took:.1f} s)."]
    else:
        lines = [
            f"Indexed {size} into {output}, release {report.release} ({took:.1f} s).",
            f"  pages: {_changes(report)}",
            f"  texts: {report.embedded:,} embedded, {report.reused:,} reused ({report.model}, {report.precision})",
        ]
    lines += [f"  Built anew: {reason}." for reason in report.reasons]
    if report.left:
        lines.append(f"  No longer in it: {', '.join(report.left)}. Folders that share an index are named together.")
    lines += _listed("notice", [f"{_place(n.file, n.line)}{n.message}" for n in report.notices])
    links = [f"{_place(link.file, link.line)}{link.target} ({link.reason})" for link in report.broken_links]
    lines += _listed("broken link", links, most=len(links))
    where = "" if output == Path(DEFAULT_INDEX_DIR) else f" --output {shlex.quote(str(output))}"
    lines.append(f'Try: athenaeum search "your question"{where}')
    return lines


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _changes(report: "BuildReport") -> str:
    counts = {"added": report.added, "changed": report.changed, "removed": report.removed, "renamed": report.renamed}
    told = [f"{len(paths):,} {name}" for name, paths in counts.items() if paths]
    return ", ".join(told) or "none changed"


def _listed(noun: str, entries: list[str], *, most: int = _SHOWN) -> list[str]:
    if not entries:
        return []
    head = f"  {_counted(len(entries), noun)}:"
    rest = [f"    … and {len(entries) - most} more (--json lists all)"] if len(entries) > most else []
    return [head, *(f"    {entry}" for entry in entries[:most]), *rest]


def _place(file: str, line: int) -> str:
    return f"{file}:{line}: " if file and line else f"{file}: " if file else ""


def _as_json(report: "BuildReport") -> dict[str, Any]:
    return {**{name: getattr(report, name) for name in report.__slots__ if name not in _RECORDS}, **_records(report)}


_RECORDS = ("notices", "broken_links", "seconds")


def _records(report: "BuildReport") -> dict[str, Any]:
    return {
        "notices": [asdict(notice) for notice in report.notices],
        "broken_links": [asdict(link) for link in report.broken_links],
        "seconds": dict(report.seconds),
    }

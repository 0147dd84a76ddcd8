"""Search an index: the best passages with their pages, lines and addresses."""

import argparse
import json
import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.settings import DEFAULT_INDEX_DIR

if TYPE_CHECKING:
    from athenaeum.records import Hit

_MOST = 50
_EXCERPT_LINES = 4
_WIDEST = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("query", nargs="+", help="what to look for; quoting it is not necessary")
    parser.add_argument("--output", "--index", type=Path, default=Path(DEFAULT_INDEX_DIR), metavar="DIR", dest="index")
    parser.add_argument("--top-k", type=int, default=5, metavar="N", help=f"how many results, 1 to {_MOST} (default 5)")
    parser.add_argument("--path-prefix", default="", metavar="PATH", help="only pages at or below this path")
    parser.add_argument("--release", default="", metavar="ID", help="a kept release instead of the live one")
    parser.add_argument("--json", action="store_true", help="print the results as the HTTP endpoint gives them")


def run(args: argparse.Namespace) -> int:
    """Search once and print what was found."""
    from athenaeum.errors import UsageError

    # A shell hands on bytes that are no UTF-8 as halves of characters, which nothing can look for.
    query = " ".join(args.query).strip().encode("utf-8", "replace").decode()
    if not query:
        raise UsageError("The query is empty.", remedy='Say what to look for: athenaeum search "set up a token".')
    if not 1 <= args.top_k <= _MOST:
        raise UsageError(f"--top-k is {args.top_k}.", remedy=f"Give a number from 1 to {_MOST}.")
    from athenaeum.settings import use_one_thread

    use_one_thread()
    from athenaeum.retrieval.searcher import open_searcher

    searcher = open_searcher(args.index, release=args.release)
    try:
        hits = searcher.search(query, limit=args.top_k, path_prefix=args.path_prefix)
    finally:
        searcher.close()
    if args.json:
        from athenaeum.server.contract.json_shapes import search_json

        print(json.dumps(search_json(hits, query=query, release=searcher.release.id), ensure_ascii=False, indent=2))
        return 0
    print(readable(hits, width=min(_WIDEST, shutil.get_terminal_size().columns)) or "Nothing found.")
    return 0


def readable(hits: Sequence["Hit"], *, width: int) -> str:
    """The results for a person: rank, where it is, and the beginning of what it says; lines of at most `width`."""
    blocks = []
    for rank, hit in enumerate(hits, start=1):
        steps = [hit.title, *(heading for heading in hit.headings if heading != hit.title)]
        head = f"{rank}. {' › '.join(step for step in steps if step) or hit.path}"
        place = f"   {hit.path}:{hit.start_line}-{hit.end_line}"
        link = [f"   {hit.url}"] if hit.url else []
        blocks.append("\n".join([head, place, *link, textwrap.indent(_excerpt(hit.content, width=width - 3), "   ")]))
    return "\n\n".join(blocks)


def _excerpt(content: str, *, width: int) -> str:
    body = [line for line in content.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    lines = [line for part in body[:_EXCERPT_LINES] for line in textwrap.wrap(part.strip(), max(20, width))]
    kept = lines[:_EXCERPT_LINES]
    more = " …" if kept and (len(lines) > len(kept) or len(body) > _EXCERPT_LINES) else ""
    return "\n".join(kept) + more

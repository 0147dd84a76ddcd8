"""Reads one file into a `Page`: decoding, front matter, includes, cleaning, sections. Never imports llama_index."""

import hashlib
import re
from pathlib import PurePosixPath

from athenaeum.documents.find.decoding import decode
from athenaeum.documents.find.discovery import SourceFile
from athenaeum.documents.links.linkscan import scan_ids, scan_links, scan_written_ids
from athenaeum.documents.read.comments import comment_edits
from athenaeum.documents.read.edits import Sourced, apply_edits
from athenaeum.documents.read.front_matter import FrontMatter, split_front_matter
from athenaeum.documents.read.hidden import strip_hidden
from athenaeum.documents.read.includes import Included, expand_includes
from athenaeum.documents.read.language import language_of
from athenaeum.documents.read.mdx import looks_like_mdx, mdx_edits
from athenaeum.documents.read.notebook import notebook_text
from athenaeum.documents.read.rst import rst_edits
from athenaeum.documents.read.sections import cut_sections, heading_text
from athenaeum.documents.read.structure import MDX, NOTEBOOK, PLAIN, RST, kind_of, scan
from athenaeum.documents.sites import Site
from athenaeum.errors import PageError
from athenaeum.records import Link, Page, Section


def read_page(source: SourceFile, *, site: Site) -> Page:
    """The page of a file; `PageError` when it cannot be read or is not text (the caller goes on with the others).

    A page whose `weight` is 0 (a draft, or one that asks search engines away) is to be left out of the index.
    """
    try:
        data = source.file.read_bytes()
    except OSError as error:
        raise PageError(
            f"{source.source_path} cannot be read: {error.strerror}.",
            remedy="Check its permissions, or exclude it.",
            file=source.source_path,
        ) from error
    try:
        return parse_page(data, source=source, site=site)
    except PageError:
        raise
    except Exception as error:
        # Written by others: whatever of it is more than the reader bears, the run goes on with the other pages.
        raise PageError(
            f"{source.source_path} cannot be read as a page: {type(error).__name__}.",
            remedy="Exclude it, and report it with the file as a fault of Athenaeum's.",
            file=source.source_path,
        ) from error


def parse_page(data: bytes, *, source: SourceFile, site: Site) -> Page:
    """The page that a file with these bytes is; see `read_page`."""
    text, notices = decode(data, name=source.source_path)
    text, hidden = strip_hidden(text)
    kind = kind_of(source.path)
    prose = kind != PLAIN
    whole, told = notebook_text(text, name=source.source_path) if kind == NOTEBOOK else (Sourced.of(text), ())
    front = split_front_matter(text) if kind in {".md", MDX} else FrontMatter()
    mdx = kind == MDX or (site.dialect == "docusaurus" and kind == ".md" and looks_like_mdx(text))
    included = expand_includes(_after(whole, front.body), page=source) if prose else Included(whole)
    cleaned, reported = _clean(included.text, kind=kind, mdx=mdx)
    cleaned = _trimmed(cleaned)
    blocks = scan(cleaned.lines(), source.path, mdx=mdx)
    if blocks.open_fence >= 0:
        line = cleaned.numbers[blocks.open_fence]
        reported = (*reported, (line, "Code fence is never closed; the rest of the page counts as code"))
    original = whole.lines() if kind in {".md", MDX} else ()
    anchors = site.anchors(scan_written_ids(whole.text) if prose else ())
    sections, ids = cut_sections(cleaned, blocks, anchors=anchors, original=original)
    links = scan_links(whole.text) if prose else ()
    written_ids = scan_ids(whole.text) if prose else ()
    return Page(
        path=source.path,
        source_path=source.source_path,
        title=_title(front, sections, source.path),
        description=front.text("description") or front.text("summary"),
        text=cleaned.text,
        lines=cleaned.numbers,
        sections=sections,
        url=site.page_url(source.path, front.data),
        language=language_of(front.text("lang") or front.text("language"), source.path, cleaned.text),
        weight=_weight(front),
        digest=hashlib.sha256(b"".join((data, *included.files))).hexdigest(),
        links=tuple(Link(link.target, whole.numbers[link.line - 1]) for link in links),
        notices=tuple(sorted({*notices, *hidden, *told, *front.notices, *included.notices, *reported})),
        ids=tuple(dict.fromkeys((*written_ids, *ids))),
        routes=site.routes(source.path, front.data),
    )


def _after(whole: Sourced, offset: int) -> Sourced:
    skipped = whole.text.count("\n", 0, offset)
    return Sourced(whole.text[offset:], whole.numbers[skipped:])


def _clean(body: Sourced, *, kind: str, mdx: bool) -> tuple[Sourced, tuple[tuple[int, str], ...]]:
    if kind == PLAIN:
        return body, ()
    if kind == RST:
        return apply_edits(body, rst_edits(body)), ()
    if mdx:
        return apply_edits(body, mdx_edits(body)), ()
    edits, notices = comment_edits(body)
    return apply_edits(body, edits), tuple(notices)


def _trimmed(source: Sourced) -> Sourced:
    """Without blank lines at either end."""
    lines = source.lines()
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    if (first, last) == (0, len(lines)):
        return source
    return Sourced("\n".join(lines[first:last]), source.numbers[first:last] or source.numbers[:1])


def _title(front: FrontMatter, sections: tuple[Section, ...], path: str) -> str:
    written = front.text("title")
    if written:
        return heading_text(written)
    tops = [section for section in sections if section.level]
    first = next((section for section in tops if section.level == 1), None)
    if first is None and tops and tops[0].start == 0:
        first = tops[0]
    if first is not None and first.headings[-1]:
        return first.headings[-1]
    place = PurePosixPath(path)
    stem = (
        place.parent.name if place.stem.lower() in {"index", "readme", "_index"} and place.parent.name else place.stem
    )
    words = " ".join(re.split(r"[-_\s]+", re.sub(r"^\d+[-_.]", "", stem))).strip() or stem
    return words[:1].upper() + words[1:]


def _weight(front: FrontMatter) -> float:
    """How much the page itself wants to be found: 0 leaves it out."""
    data = front.data
    search = data.get("search")
    left_out = (
        data.get("draft") is True
        or data.get("published") is False
        or data.get("unlisted") is True
        or data.get("pagefind") is False
        or search is False
        or (isinstance(search, dict) and search.get("exclude") is True)
    )
    if left_out:
        return 0.0
    boost = search.get("boost") if isinstance(search, dict) else None
    return min(10.0, max(0.1, float(boost))) if isinstance(boost, int | float) else 1.0

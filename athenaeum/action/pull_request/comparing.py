"""Compares the docs of a checkout with those before it: reads the releases and the files, and leaves the rest to
`comparison`, which is pure."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from athenaeum.action.comparison.losses import Loss, address_losses
from athenaeum.action.comparison.media import IS_MEDIA, Files, image_losses
from athenaeum.action.comparison.targets import Follower
from athenaeum.action.measuring import questions_of
from athenaeum.action.pull_request.base_docs import Before
from athenaeum.action.pull_request.changes import (
    Changes,
    Contents,
    Traced,
    compare,
    contents,
    new_links,
    new_notices,
    trace,
)
from athenaeum.action.pull_request.gate_changes import dropped_questions
from athenaeum.config import Config
from athenaeum.documents.links.links import BrokenLink, LinkResolver
from athenaeum.documents.sites import Site, detect_site
from athenaeum.documents.sites.detect import CONFIG_FILES
from athenaeum.evaluation.questions import Question
from athenaeum.git import git_root
from athenaeum.index.release import Release, open_release
from athenaeum.ingestion.report import BuildReport, Notice
from athenaeum.records import Page


@dataclass(frozen=True, slots=True)
class Compared:
    """The difference, the broken links, what of links and notices is new (None and everything where nothing is known
    of before), and how questions follow it. `dropped` are the questions that are no longer asked."""

    changes: Changes
    links: tuple[BrokenLink, ...]
    new_links: tuple[BrokenLink, ...] | None
    notices: tuple[Notice, ...]
    follower: Follower | None
    dropped: tuple[Question, ...]


def compare_docs(config: Config, before: Before, built: BuildReport, *, index: Path) -> Compared:
    """Compare the release that was built now with the one before, both in the folder `index`."""
    past = open_release(index, release=before.release, verify=False) if before.release else None
    old = contents(past, routes=before.routes)
    new = contents(open_release(index, release=built.release, verify=False), routes=built.routes)
    if not before.shown:
        changes = replace(compare(Contents(), new), losses=())
        return Compared(changes, built.broken_links, None, built.notices, None, ())
    traced = trace(old, new, renamed=before.diff.renamed)
    changes = compare(old, new, traced=traced)
    site = detect_site([Path(path) for path in config.docs.paths], url=config.site.url, dialect=config.site.dialect)
    losses = [*_left_out(changes.losses, before), *_images(traced, before), *_addresses(traced, new.docs, site)]
    changes = replace(changes, losses=tuple(losses), files=_other_files(config, before, old, new))
    sources = {**before.diff.renamed, **traced.pairing.sources}
    kept = {question.text: question.targets for question in before.questions}
    anchors = _new_anchors(traced)
    links = tuple(_with_new_name(link, traced.pairing.sources, anchors) for link in built.broken_links)
    return Compared(
        changes=changes,
        links=links,
        new_links=None if before.links is None else new_links(before.links, links, sources=sources),
        notices=new_notices(before.notices, built.notices, sources=sources),
        follower=Follower.of(traced.pairing, traced.matching, traced.fate, kept=kept),
        dropped=dropped_questions(before.questions, questions_of(config)[1]),
    )


def _with_new_name(link: BrokenLink, sources: Mapping[str, str], anchors: Mapping[tuple[str, str], str]) -> BrokenLink:
    """The link, with the name that the page or heading it leads to has now."""
    address, _, anchor = link.target.partition("#")
    path = unquote(address.partition("?")[0])
    place = posixpath.normpath(posixpath.join(posixpath.dirname(link.file), path)) if path else link.file
    name = sources.get(place) or anchors.get((place, unquote(anchor)))
    return replace(link, reason=f"{link.reason}; it is {name} now") if name else link


def _new_anchors(traced: Traced) -> dict[tuple[str, str], str]:
    """The anchors that sections had, by the file that their page is now, with those that they have."""
    files = {old.path: new.source_path for old, new in traced.pairing.pairs}
    found: dict[tuple[str, str], str] = {}
    for part in traced.matching.parts_before:
        now = traced.matching.now.get((part.page.path, part.at))
        if now is not None and part.section.anchor and now.section.anchor != part.section.anchor:
            there = files.get(part.page.path, part.page.source_path)
            page = "" if now.page.source_path == there else now.page.source_path
            found[there, part.section.anchor] = f"{page}#{now.section.anchor}"
    return found


def follow(before: Release, now: Release) -> Follower:
    """How questions follow what was renamed between two releases, by their texts alone."""
    traced = trace(contents(before), contents(now), renamed={})
    return Follower.of(traced.pairing, traced.matching, traced.fate, kept={})


def _images(traced: Traced, before: Before) -> list[Loss]:
    root, here = before.root, git_root(Path())
    if root is None or here is None:
        return []
    diff = before.diff
    gone = any(IS_MEDIA.search(path) for path in diff.files_before - diff.files_now)

    def pages() -> Iterator[tuple[Page | None, Page]]:
        for old, new in traced.pairing.pairs:
            if gone or old.digest != new.digest or old.source_path != new.source_path:
                yield old, new
        for new in traced.pairing.added:
            yield None, new

    def source(page: Page, now: bool) -> str:
        try:
            return ((here if now else root) / page.source_path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    skipped: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for part in traced.matching.removed:
        skipped[part.page.path].append((part.section.start_line, part.section.end_line))
    return image_losses(
        pages(),
        sources=source,
        before=Files.of(diff.files_before),
        now=Files.of(diff.files_now),
        renamed=diff.renamed,
        skipped=skipped,
    )


def _left_out(losses: Iterable[Loss], before: Before) -> Iterator[Loss]:
    """The losses, with a note at pages whose file is there all the same."""
    for loss in losses:
        there = loss.kind == "page" and before.diff.renamed.get(loss.file, loss.file) in before.diff.files_now
        yield replace(loss, note="its file is there, but left out of the index") if there else loss


def _addresses(traced: Traced, docs: tuple[Page, ...], site: Site) -> list[Loss]:
    """Addresses that lead nowhere now; docs that are published nowhere have none."""
    if site.dialect == "plain" and not site.url:
        return []
    answers = LinkResolver(docs, site).answers
    return address_losses(traced.pairing, answered=answers)


def _other_files(config: Config, before: Before, old: Contents, new: Contents) -> tuple[str, ...]:
    """Files that changed and that readers may see although they are no pages: images, the site's settings, and all
    that lies below the docs folders."""
    here = git_root(Path())
    if here is None:
        return ()
    pages = {page.source_path for page in (*old.docs, *new.docs)}
    places = [Path(path).resolve() for path in config.docs.paths]
    roots = tuple(f"{place.relative_to(here).as_posix()}/" for place in places if place.is_relative_to(here))
    return tuple(
        sorted(
            path
            for path in before.diff.touched - pages
            if IS_MEDIA.search(path) or path.startswith(roots) or path.rpartition("/")[2] in CONFIG_FILES
        )
    )

"""The pages of a build: found, read and weighed, with what there is to say about them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from athenaeum.config import Config
from athenaeum.documents.find.discovery import discover
from athenaeum.documents.find.globs import matching_globs
from athenaeum.documents.find.ignoring import repository_of
from athenaeum.documents.incomplete import absences
from athenaeum.documents.read.reading import read_page
from athenaeum.documents.sites import Site, detect_site
from athenaeum.errors import DocsNotFoundError, NoPagesError, PageError
from athenaeum.index.format.pages import page_order
from athenaeum.ingestion.report import Notice
from athenaeum.records import Page, Progress
from athenaeum.representation.pieces import WRITTEN_PAGE

_LONG = f"The page is longer than {WRITTEN_PAGE:,} characters: its words and headings are found, its meaning is not"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pages in `page_order`, the site that publishes them, and the docs roots without anything of this machine.

    `folder` is what page paths are relative to.
    """

    pages: tuple[Page, ...]
    site: Site
    docs: tuple[str, ...]
    folder: Path
    notices: tuple[Notice, ...]


def read_corpus(roots: Sequence[Path], *, config: Config, progress: Progress) -> Corpus:
    """Read every page; one that cannot be read becomes a notice. `NoPagesError` when none is left."""
    absent = list(absences(roots, exclude=config.docs.exclude))
    notices = [Notice(path, 0, message) for path, message in absent]
    try:
        sources = discover(
            roots,
            include=config.docs.include,
            exclude=config.docs.exclude,
            problem=lambda path, problem: notices.append(Notice(path, 0, problem)),
        )
    except (DocsNotFoundError, NoPagesError) as error:
        if not absent:
            raise
        sentence, _, remedy = absent[0][1].partition(". ")
        raise type(error)(f"{error.message} {sentence}.", remedy=remedy) from None
    site = detect_site(roots, url=config.site.url, dialect=config.site.dialect)
    if config.site.name:
        site = replace(site, name=config.site.name)
    notices += [Notice("", 0, message) for message in site.notices]
    pages: list[Page] = []
    for done, source in enumerate(sources, start=1):
        try:
            page = read_page(source, site=site)
        except PageError as error:
            notices.append(Notice(error.file or source.source_path, error.line or 0, f"left out: {error.message}"))
        else:
            weight = page.weight * _factor(page.path, config)
            if weight > 0:
                pages.append(replace(page, weight=weight))
            notices += [Notice(page.source_path, line, message) for line, message in page.notices]
            if len(page.text) > WRITTEN_PAGE:
                notices.append(Notice(page.source_path, 0, _LONG))
        progress("read", done, len(sources))
    if not pages:
        raise NoPagesError(
            f"None of the {len(sources)} pages found can be indexed.",
            remedy="They are drafts, have weight 0 or cannot be read; the notices of `athenaeum index` name each.",
        )
    return Corpus(
        pages=tuple(sorted(pages, key=lambda page: page_order(page.path))),
        site=site,
        docs=tuple(portable_name(root) for root in roots),
        folder=Path(str(sources[0].file)[: -len(sources[0].path)]),
        notices=tuple(notices),
    )


def _factor(path: str, config: Config) -> float:
    matched = matching_globs(tuple(config.docs.weights), path) if config.docs.weights else ()
    return config.docs.weights[matched[-1]] if matched else 1.0


def portable_name(root: Path) -> str:
    """A docs root as a manifest may hold it: relative to its repository or to the working directory, else its name."""
    place = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow links and lose the given name
    for base in (repository_of(place), Path.cwd()):
        if base is not None and place.is_relative_to(base):
            return place.relative_to(base).as_posix()
    return place.name

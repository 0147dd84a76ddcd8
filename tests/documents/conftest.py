"""Pages made of text, as the reader makes them of files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.documents.find.discovery import SourceFile
from athenaeum.documents.read.reading import parse_page
from athenaeum.documents.sites import Site
from athenaeum.records import Page

MakePage = Callable[..., Page]


@pytest.fixture(scope="session")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> MakePage:
    """`page_of(text or bytes, "name.mdx")` reads a page without a file of its own."""
    folder = tmp_path_factory.mktemp("docs")

    def make(content: str | bytes, path: str = "page.md", *, site: Site | None = None, folder: Path = folder) -> Page:
        data = content.encode("utf-8") if isinstance(content, str) else content
        source = SourceFile(path, folder / path, f"docs/{path}", folder)
        return parse_page(data, source=source, site=site or Site())

    return make

"""Whatever bytes and front matter a file holds: a page comes of it, or one `PageError`, in every dialect."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athenaeum.documents.sites import detect_site
from athenaeum.errors import PageError
from athenaeum.records import Page

MakePage = Callable[..., Page]

NAMES = ("page.md", "page.mdx", "page.txt", "page.rst", "page.ipynb", "de/index.md", "a b/ü.md", "page.adoc")
DIALECTS = ("mkdocs", "docusaurus", "starlight", "vitepress", "hugo", "plain")


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-16")),
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"---\n", b"+++\n", b'{"cells": [', b"# x\n"]),
    st.sampled_from(NAMES),
)
def test_any_bytes_make_a_page_or_one_clear_error(page_of: MakePage, data: bytes, before: bytes, name: str) -> None:
    try:
        page = page_of(before + data, name)
    except PageError as error:
        assert error.file and error.remedy  # noqa: PT017, PT018 - either outcome is right
    else:
        assert page.text.splitlines() == ([] if not page.text else page.text.split("\n"))
        # What is stored and served must be encodable.
        page.text.encode("utf-8")
        page.title.encode("utf-8")


VALUES = (
    "null", "true", "12", "1.5", "2026-01-02", "[a, b]", "{a: b}", "''", "/", "//", "../up", "/a b/ü/",
    "https://x.example/y", "!!binary aGVsbG8=", ".nan", ".inf", "2026-01-02T03:04:05Z", "'\\x00'", "|\n  two\n  lines",
    "'a\\ud800'", '"\\ud800"',
)  # fmt: skip
SETTINGS = (
    "title",
    "description",
    "slug",
    "permalink",
    "url",
    "id",
    "lang",
    "draft",
    "search",
    "weight",
    "aliases",
    "sidebar",
)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_front_matter_makes_a_page(page_of: MakePage, dialect: str) -> None:
    site = detect_site([], url="https://docs.example/base/", dialect=dialect)
    for setting, value in itertools.product(SETTINGS, VALUES):
        for name in ("guide/page.md", "guide/index.mdx"):
            page = page_of(f"---\n{setting}: {value}\n---\n# Heading\n\ntext\n", name, site=site)
            assert isinstance(page.title, str)
            assert isinstance(page.description, str)
            assert isinstance(page.url, str)
            assert page.text.endswith("text")
            (page.title + page.description + page.url + "".join(page.routes)).encode("utf-8")


def test_half_a_surrogate_pair_in_a_notebook_is_replaced(page_of: MakePage) -> None:
    cell = r'{"cells": [{"cell_type": "markdown", "source": "a \ud800 b \ud83d\ude00\r\nc\u0000"}]}'
    assert page_of(cell, "book.ipynb").text == "a � b 😀\nc"

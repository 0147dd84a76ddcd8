"""Links between pages: found in the source, resolved by the dialect's rules, and reported when they lead nowhere."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.documents.links.links import BrokenLink, check_links
from athenaeum.documents.links.linkscan import scan_ids, scan_links
from athenaeum.documents.links.masking import mask_code
from athenaeum.documents.sites import Site
from athenaeum.documents.sites.docusaurus.rules import DocsInstance, Docusaurus
from athenaeum.documents.sites.hugo.rules import Hugo
from athenaeum.documents.sites.mkdocs.rules import MkDocs
from athenaeum.documents.sites.plain.rules import Plain
from athenaeum.documents.sites.starlight.rules import Starlight
from athenaeum.documents.sites.vitepress.rules import VitePress
from athenaeum.records import Page, Section


def page(site: Site, path: str, text: str = "", front: Mapping[str, object] | None = None) -> Page:
    anchors = site.anchors(scan_ids(text))
    headings = [line.lstrip("# ") for line in mask_code(text).splitlines() if line.startswith("#")]
    sections = tuple(
        Section(
            headings=(heading,), level=2, anchor=anchors.heading(heading)[1], start=0, end=0, start_line=1, end_line=1
        )
        for heading in headings
    )
    return Page(
        path=path,
        source_path=f"docs/{path}",
        title="",
        description="",
        text=text,
        lines=(),
        sections=sections,
        url=site.page_url(path, front or {}),
        links=scan_links(text),
        ids=scan_ids(text),
        routes=site.routes(path, front or {}),
    )


def broken(site: Site, pages: Mapping[str, str], *, files: frozenset[str] | None = None) -> list[tuple[int, str, str]]:
    made = [page(site, path, text) for path, text in pages.items()]
    exists = None if files is None else files.__contains__
    return [(link.line, link.target, link.reason) for link in check_links(made, site, exists=exists)]


def targets(text: str) -> list[tuple[str, int]]:
    return [(link.target, link.line) for link in scan_links(text)]


def test_every_form_of_link_is_found_with_its_line() -> None:
    text = """---
title: "[no](no.md)"
---
# Title [one](one.md#x "title")

See [two](<two words.md>), [three](three(1).md), [![badge](b.svg)](four.md) and ![image](i.png).

[five]: five.md 'title'
[^1]: not a [six](six.md "definition")
<https://seven.test> <a class="x > y"
   href='eight.html'>text</a>
<LinkCard title="t" href={`/nine/`} /> <Link to="/ten">x</Link> <link rel="x" href="no.css">
> quoted [eleven](eleven.md)
- item

      [twelve](twelve.md) in a list
!!! note
    [thirteen](thirteen.md)
"""
    assert targets(text) == [
        ("one.md#x", 4),
        ("two words.md", 6),
        ("three(1).md", 6),
        ("four.md", 6),
        ("five.md", 8),
        ("six.md", 9),
        ("https://seven.test", 10),
        ("eight.html", 10),
        ("/nine/", 12),
        ("/ten", 12),
        ("eleven.md", 13),
        ("twelve.md", 16),
        ("thirteen.md", 18),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "`[no](no.md)`",
        "``a ` [no](no.md)``",
        "```\n[no](no.md)\n```",
        "~~~md\n```\n[no](no.md)\n~~~",
        "````\n```\n[no](no.md)\n````",
        "> ```\n> [no](no.md)\n> ```",
        "- ```\n  [no](no.md)\n  ```",
        "para\n\n    [no](no.md)\n",
        "<!-- [no](no.md)\n[no](no.md) -->",
        "{/* [no](no.md) */}",
        "\\[no](no.md)",
        "[no]()",
        "[no] (no.md)",
        "+++\na = '[no](no.md)'\n+++\n",
    ],
)
def test_what_is_no_prose_holds_no_links(text: str) -> None:
    assert targets(text) == []


def test_code_ends_where_it_ends() -> None:
    assert targets("```\nx\n```\n[yes](yes.md)\n") == [("yes.md", 4)]
    assert targets("a ` b\n\n[yes](yes.md) ` c") == [("yes.md", 3)]
    assert targets("<!-- ``` -->\n[yes](yes.md)") == [("yes.md", 2)]
    assert targets("\ufeff---\r\nt: x\r\n---\r\n[yes](yes.md)\r\n") == [("yes.md", 4)]


def test_ids_of_tags_and_attribute_lists_are_found() -> None:
    text = '<a name="old"></a>\n<Heading id={"made"}>x</Heading>\npara\n{: #block .x }\n`<a id="no">`\n## H {#own}\n'
    assert scan_ids(text) == ("old", "made", "block", "own")


@given(st.text(alphabet="[]()<>`~!#\\\n -=\"'{}*/ahref:.", max_size=200))
def test_scanning_anything_keeps_places_and_never_fails(text: str) -> None:
    masked = mask_code(text)
    assert len(masked) == len(text)
    assert [index for index, char in enumerate(masked) if char == "\n"] == [i for i, c in enumerate(text) if c == "\n"]
    assert all(1 <= link.line <= text.count("\n") + 1 for link in scan_links(text))
    scan_ids(text)


@pytest.mark.parametrize(
    "unit", ["[", "](", "`", "<a ", "<a href='", "[a](", "{/*", "<!--", "``` \n", "[a]: ", '<a x="', "(", "- "]
)
def test_pathological_pages_are_scanned_in_little_time(unit: str) -> None:
    import time

    started = time.perf_counter()
    scan_links(unit * 40_000)
    scan_ids(unit * 40_000)
    assert time.perf_counter() - started < 8


def test_mkdocs_links_stand_beside_the_file_or_below_the_address() -> None:
    site = Site(rules=MkDocs(), url="https://m.test.dev/base/")
    pages = {
        "index.md": "# Home\n[a](guide/a.md#one) [b](guide/a/#one) [c](/base/guide/a/) "
        "[d](https://m.test.dev/base/guide/a/#two)\n",
        "guide/a.md": "# A\n[up](../index.md) [url](../../) [me](#one) [x](b.md) [y](../b/) "
        "[z](#three)\n## One\n## Two\n",
        "guide/b.md": "[abs](/guide/a/)\n[other](https://else.test.dev/x) [mail](mailto:a@b.c) [img](x.png)\n",
    }
    assert broken(site, pages) == [
        (2, "#three", "guide/a.md has no anchor #three"),
        (1, "/guide/a/", "the site's base path /base/ is missing"),
    ]


def test_broken_links_name_file_and_line() -> None:
    site = Site(rules=MkDocs())
    made = [page(site, "a.md", "# A\n\n[x](gone.md)\n")]
    assert check_links(made, site) == [BrokenLink(file="docs/a.md", line=3, target="gone.md", reason="no such page")]


def test_docusaurus_adds_its_base_and_resolves_files_of_the_site() -> None:
    site = Site(rules=Docusaurus(docs=(DocsInstance(),), redirects=("/docs/old",)), url="https://d.test.dev/base/")
    pages = {
        "docs/01-intro.md": "## Set up {#setup}\n[a](./guide/02-a.md) [b](/docs/guide/a) [c](guide/a) "
        "[d](@site/docs/guide/02-a.md)\n",
        "docs/guide/02-a.md": "[e](../01-intro.md#setup) [f](../intro#setup) [g](/docs/old) [h](/docs/gone) "
        "[i](../01-intro.md#set-up)\n",
    }
    assert broken(site, pages) == [
        (1, "/docs/gone", "no such page"),
        (1, "../01-intro.md#set-up", "docs/01-intro.md has no anchor #set-up"),
    ]


def test_starlight_links_are_addresses() -> None:
    site = Site(rules=Starlight(), url="https://s.test.dev/docs/")
    pages = {
        "index.mdx": "[a](/docs/guides/getting-started/#foo--bar) [b](guides/getting-started) "
        "[c](/guides/getting-started/)\n",
        "guides/Getting Started.md": "## Foo & bar\n[top](#_top) [d](../../) [e](../) [f](./#foo--bar)\n",
    }
    assert broken(site, pages) == [
        (1, "/guides/getting-started/", "the site's base path /docs/ is missing"),
        (2, "../", "no such page"),
    ]


def test_a_page_without_its_translation_is_shown_untranslated() -> None:
    site = Site(rules=Starlight(languages=("fr",)), url="https://s.test.dev/docs/")
    pages = {
        "fr/index.mdx": "[a](/docs/fr/guide/#one) [b](guide/) [c](/docs/fr/gone/) [d](/docs/de/guide/)\n",
        "guide.md": "## One\n",
    }
    assert [target for _, target, _ in broken(site, pages)] == ["/docs/fr/gone/", "/docs/de/guide/"]


def test_vitepress_links_are_files_with_or_without_a_suffix() -> None:
    site = Site(rules=VitePress(), url="https://v.test.dev/base/")
    pages = {
        "index.md": "[a](/guide/a) [b](./guide/a.html#x) [c](guide/a.md) [d](/guide/) [e](guide/gone)\n",
        "guide/a.md": "## X\n[f](b) [g](../index.md) [h](./)\n",
        "guide/b.md": "",
        "guide/index.md": "",
    }
    assert broken(site, pages) == [(1, "guide/gone", "no such page")]


def test_hugo_links_may_be_references_and_aliases() -> None:
    site = Site(rules=Hugo(), url="https://h.test.dev/")
    made = [
        page(
            site,
            "docs/_index.md",
            '[a]({{< ref "setup.md#one" >}}) [b]({{% relref "/docs/gone" %}}) [c](/old/#one) [d](setup)\n',
        ),
        page(site, "docs/setup.md", "## One\n[e](../)\n", {"aliases": ["/old/"]}),
    ]
    assert [link.target for link in check_links(made, site)] == ['{{% relref "/docs/gone" %}}']


def test_plain_pages_link_by_file_and_other_files_are_asked_for() -> None:
    site = Site(rules=Plain())
    pages = {
        "README.md": "# One\n[a](b.md#two) [b](sub/) [c](x.py) [d](y.py) [e](../LICENSE.md) [f](b.md#no)\n",
        "b.md": "## Two\n",
        "sub/README.md": "",
    }
    assert broken(site, pages) == [(2, "b.md#no", "b.md has no anchor #no")]
    asked = broken(site, pages, files=frozenset({"x.py"}))
    assert [target for _, target, _ in asked] == ["y.py", "../LICENSE.md", "b.md#no"]


def test_written_ids_encoded_fragments_and_text_fragments_are_anchors() -> None:
    site = Site(rules=MkDocs(slug="unicode"))
    pages = {
        "a.md": "# Café\n[1](#caf%C3%A9) [2](#here) [3](#:~:text=x) [4](#top) "
        '[5](#own)\n<a id="here"></a>\n## X { #own }\n'
    }
    assert broken(site, pages) == []


def test_links_outside_the_published_part_of_the_site_are_not_judged() -> None:
    site = Site(rules=Docusaurus(docs=(DocsInstance(),)), url="https://d.test.dev/")
    pages = {"docs/a.md": "[blog](/blog/post) [home](/) [gone](/docs/gone)\n", "docs/b.md": ""}
    assert broken(site, pages) == [(1, "/docs/gone", "no such page")]


def test_two_thousand_pages_of_links_are_checked_in_seconds(tmp_path: Path) -> None:
    import time

    site = Site(rules=MkDocs(), url="https://m.test.dev/")
    text = "## Head\n" + "".join(f"[x](p{number}.md#head)\n" for number in range(0, 2000, 100))
    made = [page(site, f"p{number}.md", text) for number in range(2000)]
    started = time.perf_counter()
    assert check_links(made, site) == []
    assert time.perf_counter() - started < 20

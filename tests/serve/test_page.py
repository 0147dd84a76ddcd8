"""The web page without JavaScript: what the server renders."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.server.page.markdown import render, words_of
from athenaeum.server.page.readable import readable
from athenaeum.server.page.results import cut_excerpt


def test_a_query_gives_linkable_results_with_place_text_and_both_links(serve):
    page = serve().client.get("/?q=abort+the+launch").text
    assert "<title>abort the launch · Acme Docs</title>" in page
    assert 'value="abort the launch"' in page
    assert 'href="https://docs.example.org/guide/launch/#abort"' in page
    assert re.search(r'href="https://github.com/acme/docs/blob/1+/docs/guide/launch.md#L\d+-L\d+"', page)
    assert "<mark>abort</mark>" in page


def test_code_is_shown_as_code(serve):
    page = serve().client.get("/?q=countdown+range").text
    assert '<pre tabindex="0" data-language="python"><code>' in page


def test_the_first_page_tells_how_to_connect_and_what_is_indexed(serve):
    page = serve().client.get("/").text
    assert "claude mcp add --transport http acme-docs http://127.0.0.1" in page
    assert "4 pages in 8 sections" in page
    assert "111111111" in page
    assert "2 January 2026" in page
    assert 'id="chat"' not in page


def test_nothing_found_is_said(serve):
    assert "Nothing found." in serve().client.get("/?q=zebraquokka").text


def test_without_an_index_the_page_is_a_page(serve, shelf, monkeypatch):
    from athenaeum.errors import IndexNotFoundError

    monkeypatch.setattr("athenaeum.server.library.BACKOFF_SECONDS", 0.01)
    shelf.failure = IndexNotFoundError("at /secret")
    answer = serve().client.get("/")
    assert answer.status_code == 503
    assert "No index has been published" in answer.text
    assert "/secret" not in answer.text


def test_assets_are_kept_by_their_content_and_nothing_else_is_served(serve):
    client = serve().client
    page = client.get("/").text
    for address in re.findall(r'"(/assets/[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in client.get("/assets/style.css?v=other").headers["cache-control"]
    assert client.get("/assets/..%2fview.py").status_code == 404


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("/// note | Mind\n\nText.\n\n///", "> **Mind**"),
        (":::tip\nText.\n:::", "> **Tip**"),
        ('!!! warning "Hot"\n    Text.\n\nAfter.', "> **Hot**"),
        ("> [!NOTE]\n> Text.", "> **Note**"),
        ("## Title { #title .x }", "## Title"),
        ("A <b>bold</b> word and `<b>`.", "A bold word and `<b>`."),
        ("List<int> stays.", "List<int> stays."),
        ("```html\n<b>{ #x }</b>\n```", "<b>{ #x }</b>"),
        ("{* ../../docs_src/a.py hl[1] *}", "*Code example: docs_src/a.py*"),
        ('--8<-- "docs/a.py"', "*Code example: docs/a.py*"),
        ("::: acme.launch", "Reference of `acme.launch`"),
    ],
)
def test_source_markup_is_made_readable(source, shown):
    assert shown in readable(source)


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_renders_to_balanced_html_without_danger(text, query):
    out = render(readable(text), words=words_of(query), base="https://docs.example.org/")
    assert not re.search(r"<(script|img|iframe|style|object|embed|form)\b", out, re.IGNORECASE)
    assert not re.search(r'href="(?!https?:|mailto:)', out)
    opened = re.findall(r"<(a|mark|code|pre|p|em|strong)\b", out)
    closed = re.findall(r"</(a|mark|code|pre|p|em|strong)>", out)
    assert sorted(opened) == sorted(closed)


@given(st.lists(st.sampled_from(["word here", "# Head", "```\ncode\n```", "- item", "launch pad"]), max_size=60))
def test_an_excerpt_is_bounded_and_says_whether_more_is_left(blocks):
    text = "\n\n".join(blocks)
    excerpt, more = cut_excerpt(text, words_of("launch"))
    assert len(excerpt) <= 1400
    assert more == (len(text) > 800)

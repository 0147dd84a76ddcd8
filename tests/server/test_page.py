"""The web page without JavaScript: what the server renders."""

import base64
import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.records import Hit
from athenaeum.server.page.connect import render_connect, snippets
from athenaeum.server.page.markdown import render, words_of
from athenaeum.server.page.readable import readable
from athenaeum.server.page.results import EXCERPT, SLACK, cut_excerpt, render_results


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

    monkeypatch.setattr("athenaeum.server.live.library.BACKOFF_SECONDS", 0.01)
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
    assert len(excerpt) <= 2 * EXCERPT + 10
    assert more == (len(text) > EXCERPT + SLACK)


def test_results_are_not_for_search_engines_and_links_to_the_page_have_a_preview(serve):
    client = serve().client
    assert 'name="robots"' not in client.get("/").text
    page = client.get("/", params={"q": 'abort "now" <b>'}).text
    assert '<meta name="robots" content="noindex">' in page
    assert '<meta property="og:title" content="abort &quot;now&quot; &lt;b&gt; · Acme Docs">' in page


def test_a_query_that_no_page_has_a_word_of_is_told_so():
    hits = [make_hit(f"Launch {number}", "A launch needs a pad.") for number in range(5)]
    told = render_results(hits, query="zebra <quokka>", prefix="")
    assert "Nothing has the words “zebra &lt;quokka&gt;”. The closest in meaning:" in told
    assert told.count('class="result"') == 3
    assert "5 results for “pads”" in render_results(hits, query="pads", prefix="")


def test_words_beside_each_other_are_marked_as_one():
    assert render("a red  button, red", words=words_of("red button")).count("<mark>") == 2


def make_hit(title: str, content: str) -> Hit:
    return Hit(
        id=title,
        title=title,
        headings=(title,),
        content=content,
        path="a.md",
        start_line=1,
        end_line=1,
        url="",
        permalink="",
        score=0.1,
    )


def test_every_client_is_told_this_endpoints_address_in_its_own_form():
    root = "https://x.example/prod"
    shown = {one.client: one for one in snippets(site="Ácme Docs!", root=root, chat=True, guarded=False)}
    assert shown["Claude Code"].text == "claude mcp add --transport http cme-docs https://x.example/prod/mcp"
    assert json.loads(shown["Cursor"].text) == {"mcpServers": {"cme-docs": {"url": "https://x.example/prod/mcp"}}}
    config = parse_qs(urlsplit(shown["Cursor"].link).query)["config"][0]
    assert json.loads(base64.b64decode(config)) == {"url": "https://x.example/prod/mcp"}
    told = json.loads(unquote(shown["VS Code"].link.removeprefix("vscode:mcp/install?")))
    assert told == {"name": "cme-docs", "type": "http", "url": "https://x.example/prod/mcp"}
    assert json.loads(shown["VS Code"].text)["servers"]["cme-docs"] == {"type": "http", "url": told["url"]}
    assert shown["ChatGPT"].text == told["url"]
    compile(shown["OpenAI SDK"].text, "snippet", "exec")


def test_a_guarded_endpoint_tells_where_its_token_goes():
    shown = {one.client: one.text for one in snippets(site="A", root="https://x.example", chat=True, guarded=True)}
    assert "Authorization: Bearer YOUR_TOKEN" in shown["curl"]
    assert 'api_key="YOUR_TOKEN"' in shown["OpenAI SDK"]
    assert "sign in" in render_connect(site="A", root="https://x.example", chat=True, guarded=True)


def test_an_excerpt_does_not_end_in_words_that_lead_to_what_is_cut_off():
    text = "Launch the pad.\n\nThese are the steps:\n\n" + "\n\n".join(f"- step {n} " + "x" * 200 for n in range(9))
    assert cut_excerpt(text, words_of("launch pad"))[0] == "Launch the pad."

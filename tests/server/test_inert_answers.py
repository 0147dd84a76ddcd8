"""What a program that shows Markdown makes of an answer: no picture, no HTML, no citation that leads elsewhere."""

import html.parser
import itertools
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from athenaeum.chat.citations import Marks
from athenaeum.settings import ServerSettings

sys.path.insert(0, str(Path(__file__).parent))
from markdown_attacks import ATTACKS, HOSTILE

SEED = 20_261_125
COMMONMARK = MarkdownIt("commonmark", {"html": True})
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HARMLESS = {
    *("p", "a", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "wbr", "kbd", "sub", "sup", "b", "i", "u", "del", "ins"),
    *("mark", "small", "samp", "var", "q"),
}
NUMBER = re.compile(r"\[\s*\d[\d\s,;–-]*\]")


class Shown(html.parser.HTMLParser):
    """What stands on a page: tags that no Markdown needs, and links that look like a citation."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.strangers: list[Any] = []
        self._link: str | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag not in HARMLESS or not {name for name, _ in attrs} <= {"href", "title", "start", "class", "style"}:
            self.strangers.append((tag, attrs))
        # Only markdown-it's own, of a table's cell.
        self.strangers += [(tag, value) for name, value in attrs if name == "style" and "text-align" not in value]
        self._link = "" if tag == "a" else self._link

    def handle_data(self, data):
        self._link = None if self._link is None else self._link + data

    def handle_endtag(self, tag):
        if tag == "a" and self._link is not None:
            bare = any(char.isnumeric() for char in self._link) and not any(char.isalpha() for char in self._link)
            self.strangers += [("a", self._link)] if bare or NUMBER.search(self._link) else []
            self._link = None


def written(pieces: list[str], *, literal: bool = False) -> tuple[str, list[tuple[int, int, int]]]:
    marks = Marks(3)
    shown = [marks.quote(piece) if literal else marks.feed(piece) for piece in pieces] + [marks.finish()]
    text = marks.text
    assert "".join(shown) == text
    assert all(text[start:end] == f"[{number}]" for number, start, end in marks.found)
    return text, marks.found


def check(text: str) -> None:
    for parser in (COMMONMARK, GITHUB):
        env: dict[str, Any] = {}
        shown = parser.render(text, env)
        assert Shown(shown).strangers == [], (text, shown)
        assert not env.get("references"), text


def check_numbers(text: str) -> None:
    for token in GITHUB.parse(text):
        for child in token.children or ():
            for number in re.findall(r"\[\s*(\d+)\s*\]", child.content) if child.type == "text" else ():
                assert 1 <= int(number) <= 3, text


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_words_and_links(name):
    text, _ = written([ATTACKS[name]])
    check(text)
    check_numbers(text)
    check(written(["".join(f"> {line}\n" for line in ATTACKS[name].split("\n"))], literal=True)[0])


@pytest.mark.parametrize("name", ATTACKS)
def test_a_stream_never_shows_what_becomes_an_attack_later(name):
    """However a text is cut, each piece that goes out is the final one, and the sum is the same."""
    whole = ATTACKS[name]
    expected = written([whole])
    assert written(list(whole)) == expected
    for cut in range(1, len(whole)):
        assert written([whole[:cut], whole[cut:]]) == expected


@seed(SEED)
@settings(max_examples=300, deadline=None)
@given(HOSTILE, st.lists(st.integers(0, 400), max_size=6))
def test_no_text_becomes_a_picture_html_or_a_false_citation(text, cuts):
    shown = written([text])
    check(shown[0])
    check_numbers(shown[0])
    at = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    assert written([text[a:b] for a, b in itertools.pairwise(at)]) == shown
    assert written(list(text)) == shown


@seed(SEED + 1)
@settings(max_examples=150, deadline=None)
@given(HOSTILE)
def test_no_quotation_of_a_page_does(text):
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in text.split("\n"))
    marks = Marks(3)
    marks.feed("The documentation says:\n\n")
    marks.quote(quoted)
    marks.feed(">\n> [1]\n\n")
    marks.finish()
    check(marks.text)


HONEST = [
    "```html\n<img src=x.png>\n<!-- a -->\n```",
    "```markdown\n![alt](x.png)\n[1]: https://x.example\narray[9]\n```\n",
    "~~~~\n```\n![alt](x.png)\n~~~~",
    "1. Add this:\n\n   ```html\n   <img src=x.png>\n   ```\n\n2. Then `<div>` and `![x](y)`.\n",
    "- a\n  ~~~\n  <b class=x>\n  ~~~\n- `cat <file | wc`, `a[9]`\n",
    "> ```\n> <script>\n> ```\n",
    "| Tag | Use |\n| --- | --- |\n| `<img>` | a picture<br>of `a[9]` |\n",
    "Press <kbd>Ctrl</kbd>, see <https://x.example/a> and [the guide](https://x.example/b), a < b, 1 <2.",
    "Costs `$5`, and `echo $HOME` is `<home>`.",
    "**Bold** _soft_ ~~gone~~ \\* 1. # \n\n---\n\n- [ ] to do\n- [x] done\n",
    "Line one  \nLine two\n\n    indented code\n",
]


@pytest.mark.parametrize("text", HONEST)
def test_honest_markdown_stays_as_it_is(text):
    assert written([text])[0] == text
    assert written(list(text))[0] == text


def test_a_picture_becomes_a_link():
    assert written(["![A pad](https://x.example/pad.png)"])[0] == "[A pad](https://x.example/pad.png)"
    assert written(["![](https://x.example/pad.png)"])[0] == "[picture](https://x.example/pad.png)"
    assert written(['<img alt="A pad" src="pad.png">'])[0] == "[A pad](<pad.png>)"


def test_words_go_out_as_they_come_and_citations_with_them():
    marks = Marks(3)
    shown = [marks.feed(piece) for piece in ("Press the ", "`red` button ", "[1] ", "now.\n")]
    assert "".join(shown) == "Press the `red` button [1] now.\n"
    assert marks.feed("```html\n") + marks.feed("<im") + marks.feed("g>\n") == "```html\n<img>\n"


def test_a_browser_loads_nothing_for_an_answer(needs):
    """As programs do that put rendered Markdown into their page: Chromium's own parser, and what it asks for."""
    program = next(
        (name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), "chromium"
    )
    path = needs(program, remedy="apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api")
    texts = [parser.render(written([attack])[0]) for attack in ATTACKS.values() for parser in (COMMONMARK, GITHUB)]
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=flags)
        page, asked = opened.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.set_content('<!doctype html><meta charset="utf-8"><main></main>')
        for text in texts:
            page.evaluate("text => { document.querySelector('main').innerHTML = text }", text)
            found = page.evaluate(LOADING)
            assert found == [], text
        page.wait_for_load_state("networkidle")
        opened.close()
    assert [url for url in asked if "evil" in url] == []


LOADING = """() => [...document.querySelectorAll(
  'img, svg, picture, source, video, audio, iframe, object, embed, link, style, script, [style*=url], [srcset], '
  + '[background], [poster], [data]')].map(one => one.outerHTML)"""


UNITS = {
    "prose": "The `brown` fox [1] jumps. ",
    "brackets": "[",
    "marks": "[1",
    "ticks": "`",
    "spans": "`[1] ",
    "tags": "<a ",
    "pictures": "![a](",
    "links": "[a](b",
    "exclamations": "!",
    "entities": "&#9",
    "fences": "```\na <b> [1]\n```\n",
    "lists": "1. a <b> `x[1]`\n   ```\n   <b>\n   ```\n",
    "tables": "|a `b` <br> ![x](u)",
    "quotations": "> a `b[1]` ![x](u)\n",
    "definitions": "[1]: u\n",
    "formulas": "$ `a[1]` ",
    "depth": "- ",
}


@pytest.mark.parametrize("name", UNITS)
def test_time_grows_with_the_text(name):
    """CPU time of four times the text: about four times, and never the sixteen of a square."""

    def cost(size: int) -> float:
        text = (UNITS[name] * size)[:size]
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            written([text[at : at + 7] for at in range(0, size, 7)])
            best = min(best, time.process_time() - began)
        return best

    assert cost(40_000) < 9 * cost(10_000) + 0.02


def test_plain_answers_do_not_import_the_parser():
    code = (
        "import sys\nfrom athenaeum.chat.citations import Marks\n"
        "m = Marks(2); m.feed('Press the `red` button [1] ![x](y) <b> [9].\\n'); m.finish()\n"
        "print('markdown_it' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("provider", ["model", "none"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_of_the_endpoint_shows_no_picture(serve, shelf, llm, provider, stream):
    every = "\n\n".join(ATTACKS.values())
    shelf.publish({f"{number}.md": f"# Launch\n\nlaunch {attack}\n" for number, attack in enumerate(ATTACKS.values())})
    running = serve(ServerSettings(chat_base_url=f"{llm.url}/v1" if provider == "model" else ""))
    for attack in (every, *list(ATTACKS.values())[:8]):
        llm.answer = f"Launch: {attack}\n\nDone [1]."
        body = {"messages": [{"role": "user", "content": f"launch {attack[:500]}"}], "stream": stream}
        answer = running.client.post("/chat/completions", json=body)
        if stream:
            events = [json.loads(line[6:]) for line in answer.text.split("\n") if line.startswith("data: {")]
            text = "".join(event["choices"][0]["delta"].get("content", "") for event in events)
        else:
            text = answer.json()["choices"][0]["message"]["content"]
        assert text
        check(text)

"""The web page in a real browser: with and without JavaScript, by keyboard alone, dark, narrow, and hostile."""

import re
from pathlib import Path

import pytest

from athenaeum.settings import ServerSettings

SHOTS = Path(__file__).resolve().parents[2] / "artifacts" / "screenshots"
AXE = Path(__file__).resolve().parents[2] / ".tools" / "server-clients" / "node_modules" / "axe-core" / "axe.min.js"


class Visit:
    """A page under watch: whatever it asks another host for, runs or complains about is kept."""

    def __init__(self, browser, address: str, **options) -> None:
        self.context = browser.new_context(base_url=address, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: request.url.startswith(address) or self.strangers.append(request.url))

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def end(self) -> None:
        self.context.close()
        assert self.complaints == []
        assert self.strangers == []


def test_searching_without_javascript(serve, browser):
    visit = Visit(browser, serve().url, java_script_enabled=False)
    visit.page.goto("/")
    visit.page.fill("#q", "abort the launch")
    visit.page.press("#q", "Enter")
    visit.page.wait_for_selector(".result")
    assert visit.page.url.endswith("/?q=abort+the+launch")
    assert visit.page.locator(".result h2").first.inner_text() == "Abort"
    assert not visit.page.locator(".keys").is_visible()
    visit.shot("no-javascript")
    visit.end()


def test_searching_while_typing_and_by_keyboard_alone(serve, browser):
    visit = Visit(browser, serve().url, viewport={"width": 1200, "height": 900})
    page = visit.page
    page.goto("/")
    visit.shot("home")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("countdown")
    page.wait_for_selector(".result")
    assert page.url.endswith("?q=countdown")
    assert not page.locator(".suggestions").is_visible()
    page.keyboard.press("ArrowDown")
    assert "Countdown" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "q"
    visit.shot("results")
    page.keyboard.press("Escape")
    page.locator(".result").first.wait_for(state="detached")
    assert page.input_value("#q") == ""
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("launch")
    page.wait_for_selector(".result")
    page.reload()
    assert page.locator(".result").count() > 0
    visit.end()


def test_every_part_can_be_reached_by_tab_and_has_a_name(serve, browser):
    visit = Visit(browser, serve().url)
    page = visit.page
    page.goto("/?q=launch")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('a, button, input, textarea, summary')]
        .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || (e.labels && e.labels.length)))
        .map(e => e.outerHTML)"""
    )
    assert unnamed == []
    seen = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("(document.activeElement.id || document.activeElement.textContent).slice(0, 20)"))
    assert {"q", "Search", "Claude Code"} <= {name.strip() for name in seen}
    assert page.locator("main h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    visit.end()


CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number)
    .map((part, at) => text.startsWith('color(') && at < 3 ? part * 255 : part);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility({ opacityProperty: true }) || element.closest('.hidden, .skip')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(serve, llm, browser, scheme):
    llm.answer = "## Abort\n\nPress `it` [1].\n\n> Keep calm.\n\n```\nabort()\n```\n"
    address = serve(ServerSettings(chat_base_url=f"{llm.url}/v1")).url
    visit = Visit(browser, address, color_scheme=scheme, viewport={"width": 1200, "height": 900})
    page = visit.page
    page.goto("/")
    assert page.evaluate(CONTRAST) == []
    for panel in page.locator("#connect summary").all():
        panel.click()
        assert page.evaluate(CONTRAST) == []
    page.goto("/?q=countdown+of+the+launch")
    assert page.evaluate(CONTRAST) == []
    if scheme == "dark":
        visit.shot("dark")
    page.click("#ask-this")
    page.wait_for_selector(".sources")
    assert page.evaluate(CONTRAST) == []
    llm.fault = "500"
    page.fill("#question", "And then?")
    page.press("#question", "Enter")
    page.wait_for_selector(".failed")
    assert page.evaluate(CONTRAST) == []
    visit.complaints.clear()
    visit.end()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_keeps_anyone_out(serve, llm, browser, give_up, scheme):
    if not AXE.is_file():
        give_up("axe-core is not installed; `sh tests/server/clients/install.sh` installs it")
    llm.answer = "## Abort\n\nPress `it` [1].\n\n1. Stop [2].\n   - Wait.\n\n> Calm.\n\n```\nabort()\n```\n"
    address = serve(ServerSettings(chat_base_url=f"{llm.url}/v1")).url
    # The page's own policy would keep the checks themselves out.
    visit = Visit(browser, address, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page = visit.page

    def check(state):
        page.add_script_tag(path=AXE)
        found = page.evaluate("async () => (await axe.run()).violations")
        assert [(state, one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []

    page.goto("/")
    check("home")
    for panel in page.locator("#connect summary").all():
        panel.click()
        check("connect")
    page.goto("/?q=countdown+of+the+launch")
    check("results")
    page.click("#ask-this")
    page.wait_for_selector(".sources")
    check("chat")
    page.goto("/?q=zebraquokka")
    check("nothing found")
    page.goto("/docs")
    check("reference")
    visit.end()


def test_a_narrow_screen_does_not_scroll_sideways(serve, shelf, browser):
    visit = Visit(browser, serve().url, viewport={"width": 340, "height": 740})
    visit.page.goto("/?q=launch")
    heights = visit.page.evaluate("[...document.querySelectorAll('.top nav a')].map((a) => a.offsetHeight)")
    assert len(set(heights)) == 1
    assert max(heights) < 40, "a word of the navigation is broken"
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 340
    visit.shot("narrow")
    long = "x" * 400
    table = f"| a | b |\n| - | - |\n| {long} | launch |"
    shelf.publish({"wide.md": f"# Wide {long}\n\n{table}\n\n```\n{long}\n```\n\nlaunch\n"})
    visit.page.goto("/?q=launch")
    assert visit.page.locator("h2", has_text=long[:40]).count() == 1
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 340
    visit.end()


def test_a_hostile_page_in_the_index_runs_and_loads_nothing(serve, shelf, browser):
    cases = Path(__file__).with_name("injections.md").read_text(encoding="utf-8")
    lines = [line[2:] for line in cases.split("\n") if line.startswith("- ")]
    shelf.publish({f"evil{n}.md": f"# launch {line}\n\nlaunch\n\n{line}\n" for n, line in enumerate(lines)})
    visit = Visit(browser, serve().url)
    visit.page.goto("/?q=launch")
    visit.page.fill("#q", "launch page <img src=x onerror=alert(1)>")
    visit.page.wait_for_url("**onerror**")
    visit.page.wait_for_selector(".result")
    for link in visit.page.locator("#results a").all():
        assert re.match(r"https?://", link.get_attribute("href") or "")
    visit.end()


def test_chatting_streams_an_answer_whose_marks_lead_to_its_sources(serve, llm, browser):
    llm.answer = (
        "## Abort\n\n**Abort** with the `red button` [1].\n\n1. Stop the *countdown* [1, 2].\n   - never [9]\n"
        "2. Press it:\n\n```\nabort()\n```\n\n> Keep [calm](javascript:alert(1)).\n\n<img src=x onerror=alert(1)>"
    )
    visit = Visit(browser, serve(ServerSettings(chat_base_url=f"{llm.url}/v1")).url)
    page = visit.page
    page.goto("/")
    assert not page.locator("#chat").is_visible()
    page.fill("#q", "How do I abort the launch?")
    page.press("#q", "Control+Enter")
    page.wait_for_selector(".sources")
    assert page.locator(".cite").first.get_attribute("href") == "https://docs.example.org/guide/launch/#abort"
    assert page.locator(".cite").first.get_attribute("aria-label") == "Source 1: Launch › Abort"
    assert page.locator(".answer pre code").inner_text().strip() == "abort()"
    assert page.locator(".answer > ol:not(.sources) > li").count() == 2
    assert page.locator(".answer ol li ul li").inner_text().strip() == "never"
    assert page.locator(".answer a[href^='javascript']").count() == 0
    assert page.locator(".answer blockquote").inner_text() == "Keep calm."
    assert page.locator(".answer img").count() == 0
    # HTML of a model's comes as the words it shows.
    assert "picture" in page.locator(".answer").inner_text()
    assert "onerror" not in page.locator(".answer").inner_html()
    assert page.evaluate("document.activeElement.id") == "question"
    visit.shot("chat")
    page.fill("#question", "And then?")
    page.press("#question", "Enter")
    page.locator(".sources").nth(1).wait_for()
    assert [turn["role"] for turn in llm.requests[1]["messages"]] == ["system", "user", "assistant", "user"]
    page.click("#close-chat")
    assert not page.locator("#chat").is_visible()
    visit.end()


def test_a_failing_chat_is_told_and_the_question_can_be_asked_again(serve, llm, browser):
    llm.fault = "429"
    visit = Visit(browser, serve(ServerSettings(chat_base_url=f"{llm.url}/v1")).url)
    visit.page.goto("/")
    visit.page.click("#ask-this")
    visit.page.fill("#question", "How do I abort the launch?")
    visit.page.press("#question", "Enter")
    assert "limits its rate" in visit.page.locator(".failed").inner_text()
    # The browser itself notes the status; nothing else may be said.
    assert all("429" in text for text in visit.complaints)
    visit.complaints.clear()
    llm.fault = ""
    visit.page.fill("#question", "How do I abort the launch?")
    visit.page.press("#question", "Enter")
    visit.page.wait_for_selector(".sources")
    assert [turn["role"] for turn in llm.requests[-1]["messages"]] == ["system", "user"]
    visit.end()


def test_an_answer_that_takes_long_can_be_stopped(serve, llm, browser):
    llm.fault = "hang"
    visit = Visit(browser, serve(ServerSettings(chat_base_url=f"{llm.url}/v1")).url)
    page = visit.page
    page.goto("/")
    page.fill("#q", "How do I abort the launch?")
    page.click("#ask-this")
    page.locator("#ask button", has_text="Stop").click()
    page.locator(".answer", has_text="Stopped.").wait_for()
    assert page.locator("#ask button").inner_text() == "Ask"
    visit.end()


def test_a_model_that_obeys_a_hostile_page_makes_the_page_load_and_run_nothing(serve, llm, browser):
    cases = Path(__file__).with_name("injections.md").read_text(encoding="utf-8")
    llm.answer = "\n\n".join(line[2:] for line in cases.split("\n") if line.startswith("- "))
    visit = Visit(browser, serve(ServerSettings(chat_base_url=f"{llm.url}/v1")).url)
    page = visit.page
    page.goto("/")
    page.fill("#q", "How do I abort the launch?")
    page.click("#ask-this")
    page.wait_for_selector(".sources")
    kinds = page.evaluate("[...document.querySelectorAll('.answer *')].map(e => e.tagName.toLowerCase())")
    known = "a blockquote button code div em li ol p pre span strong ul"
    assert set(kinds) <= set(known.split())
    for link in page.locator(".answer a").all():
        assert (link.get_attribute("href") or "").startswith("https://docs.example.org/")
    visit.end()


def test_back_leads_to_the_search_before_and_a_failed_search_is_told(serve, shelf, browser):
    visit = Visit(browser, serve().url)
    page = visit.page
    page.goto("/")
    page.keyboard.type("countdown")
    page.locator(".status", has_text="countdown").wait_for()
    page.keyboard.press("Enter")
    page.fill("#q", "abort")
    page.locator(".status", has_text="abort").wait_for()
    assert page.title() == "abort · Acme Docs"
    assert "abort" in page.locator("#told").inner_text()
    page.go_back()
    page.locator(".status", has_text="countdown").wait_for()
    assert page.input_value("#q") == "countdown"
    page.route("**/?q=*", lambda route: route.fulfill(status=503, body="busy"))
    page.fill("#q", "launch")
    page.locator(".status.failed").wait_for()
    page.unroute("**/?q=*")
    page.press("#q", "Enter")
    page.wait_for_selector(".result")
    assert all("503" in text for text in visit.complaints)
    visit.complaints.clear()
    visit.end()


def test_snippets_and_code_can_be_copied(serve, browser):
    address = serve().url
    visit = Visit(browser, address, permissions=["clipboard-read", "clipboard-write"])
    page = visit.page
    page.goto("/?q=countdown")
    page.locator(".result .copying").first.hover()
    page.locator(".result .copy").first.click()
    page.locator(".copy", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("for second in range(10, 0, -1):")
    page.locator("#connect .copy").first.click()
    page.locator("#connect .copy", has_text="Copied").wait_for()
    told = page.evaluate("navigator.clipboard.readText()")
    assert told == f"claude mcp add --transport http acme-docs {address}/mcp"
    visit.end()


def test_other_scripts_read_in_their_own_direction(serve, shelf, browser):
    shelf.publish(
        {
            "ar.md": "# إطلاق الصاروخ\n\nاضغط الزر الأحمر لإلغاء launch فورا.\n\n```sh\nacme abort --now\n```\n",
            "ja.md": "# ロケットの発射\n\n発射を中止するには赤いボタンを押します。launch\n",
        }
    )
    visit = Visit(browser, serve().url, viewport={"width": 900, "height": 700})
    page = visit.page
    page.goto("/?q=launch")
    assert page.locator(".result").count() == 2
    sides = page.evaluate(
        """() => [...document.querySelectorAll('.result .text > p:first-child')].map((p) => {
          const range = document.createRange();
          range.selectNodeContents(p);
          const [text, box] = [range.getBoundingClientRect(), p.getBoundingClientRect()];
          return text.left - box.left > box.right - text.right ? 'right' : 'left';
        }).sort()"""
    )
    assert sides == ["left", "right"]
    visit.shot("scripts")
    visit.page.fill("#q", "ロケットの発射")
    visit.page.locator("mark", has_text="ロケットの発射").first.wait_for()
    visit.end()

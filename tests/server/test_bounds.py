"""How much an answer can hold, and what an address says that is open where the others are not."""

import json

import pytest

from athenaeum import __version__
from athenaeum.server.contract.limits import MAX_CONTENT, MAX_PAGE
from athenaeum.server.search.pages import write_llms, write_llms_full
from athenaeum.settings import ServerSettings

TOKENS = {"oauth_issuer": "https://login.example.org", "oauth_audience": "docs"}
OPEN = {"status", "version", "release", "built_at", "formats", "reason"}


@pytest.mark.parametrize(
    "settings",
    [ServerSettings(**TOKENS), ServerSettings(**TOKENS, tokens_checked=True), ServerSettings(guarded=True)],
)
def test_health_behind_a_guard_says_neither_repository_nor_commit(serve, shelf, settings):
    shelf.publish({"secret.md": "# Secret plans\n\nlaunch\n"})
    answer = serve(settings).client.get("/health")
    told = answer.json()
    assert answer.status_code == 200
    # What the smoke test and the verification read is there.
    assert {"status", "version", "release", "built_at"} <= set(told) <= OPEN
    assert told["reason"] is None
    assert (told["status"], told["version"], told["release"]) == ("ok", __version__, shelf.pointer.release)
    for hidden in (shelf.pointer.commit, shelf.pointer.repository, "test-encoder", "Acme", "secret"):
        assert hidden not in answer.text
        assert hidden not in json.dumps(dict(answer.headers))


def test_health_of_an_open_endpoint_says_what_it_serves(serve, shelf):
    told = serve().client.get("/health").json()
    assert (told["commit"], told["repository"]) == (shelf.pointer.commit, shelf.pointer.repository)
    assert told["pages"] == 4


class Pages:
    """What the lists need of a release."""

    def __init__(self, shelf) -> None:
        self.searcher = shelf.searchers[shelf.pointer.release]
        self.pointer, self.release = shelf.pointer, shelf.pointer.release


def test_the_whole_docs_end_at_a_bound_with_the_addresses_of_what_is_left(shelf):
    shelf.publish({f"p{number:02}.md": f"# Page {number}\n\n{'words ' * 100}é\n" for number in range(30)})
    blocks = list(write_llms_full(Pages(shelf), name="Acme", root="https://x.example", most=7_000))
    text = b"".join(blocks).decode()
    held = [number for number in range(30) if f"# Page {number}\n" in text]
    assert 5 < len(held) < 15
    # Whole pages, one block each.
    assert text.count("words ") == 100 * len(held)
    assert max(map(len, blocks[:-1])) < 1_000
    body, _, ending = text.partition("End of this file, which holds at most 7,000 bytes.")
    assert len(body.encode()) < 7_000 + 300
    assert f"{30 - len(held)} pages have no room here" in ending
    for number in range(30):
        assert (f"- https://x.example/pages/p{number:02}.md\n" in ending) == (number not in held)


def test_a_page_that_is_too_large_alone_keeps_the_others_in(shelf):
    shelf.publish({"a.md": "# A\n\nsmall\n", "b.md": f"# B\n\n{'large ' * 5_000}\n", "c.md": "# C\n\nsmall too\n"})
    text = b"".join(write_llms_full(Pages(shelf), name="Acme", root="", most=5_000)).decode()
    assert "small too" in text
    assert "large" not in text
    assert text.endswith("1 pages have no room here.\n\n- /pages/b.md\n")


def test_docs_that_fit_have_no_ending(serve):
    assert "End of this file" not in serve().client.get("/llms-full.txt").text


def test_the_list_of_pages_ends_at_a_bound(shelf):
    shelf.publish({f"p{number:03}.md": f"# {'Long ' * 200}{number}\n\nwords\n" for number in range(60)})
    text = write_llms(Pages(shelf), name="Acme", root="https://x.example", most=5_000)
    assert len(text.encode()) < 6_000
    listed = text.count("](https://x.example/pages/")
    assert f"This list ends at 5,000 bytes: {60 - listed} pages more are found by search." in text
    assert max(map(len, text.split("\n"))) < 500


@pytest.mark.parametrize("path", ["/llms.txt", "/llms-full.txt", "/pages/index.md"])
def test_what_has_not_changed_is_not_sent_again(serve, shelf, path):
    client = serve().client
    first = client.get(path)
    tag = first.headers["etag"]
    again = client.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    shelf.publish({"index.md": "# Acme\n\nAnother launch.\n"})
    changed = client.get(path, headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_a_very_long_page_is_cut_where_it_is_read_and_where_it_is_found(serve, shelf):
    line = "launch words that go on\n"
    shelf.publish({"long.md": "# Long\n\n```\n" + line * (MAX_PAGE // len(line) + 10) + "```\n"})
    client = serve().client
    page = client.get("/pages/long.md").text
    assert MAX_PAGE < len(page) < MAX_PAGE + 500
    assert "This page goes on, and is cut at 4,194,304 characters" in page[-400:]
    (hit,) = client.post("/search", json={"query": "launch"}).json()["data"]
    assert 0 < len(hit["content"]) <= MAX_CONTENT
    assert len(client.get("/?q=launch").content) < 20 * MAX_CONTENT

"""Queries become gaps: grouped, counted, with advice; and what readers wrote stays data."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from athenaeum.operations.gaps import find_gaps, report_markdown
from athenaeum.operations.log_events import Event, event_of


def asked(query: str = "", *, gap: str = "low", page: str = "guide.md", relevance: float = 0.25) -> Event:
    fields: dict[str, Any] = {"event": "request", "search_ms": 1.0, "gap": gap, "relevance": relevance}
    fields |= {"query": query} if query else {}
    fields |= {"top_path": page} if page else {}
    return Event(0, "", fields)


def test_questions_that_share_their_telling_words_are_one_gap() -> None:
    gaps = find_gaps(
        [
            asked("how do i rotate the api keys"),
            asked("rotate api key"),
            asked("rotating api keys every week", page="security.md"),
            asked("dark mode"),
        ]
    )
    assert [(gap.times, gap.topic) for gap in gaps] == [(3, "how do i rotate the api keys"), (1, "dark mode")]
    assert gaps[0].page == "guide.md"
    assert "`guide.md`" in gaps[0].advice
    assert "api" in gaps[0].advice


def test_a_gap_without_any_near_page_asks_for_a_new_one() -> None:
    (zero,) = find_gaps([asked("saml login", gap="zero", page="", relevance=0.0)])
    assert zero.zero == 1
    assert "write one" in zero.advice


def test_without_query_text_the_nearest_page_makes_the_gap() -> None:
    gaps = find_gaps([asked(page="a.md"), asked(page="a.md"), asked(page="b.md"), asked(gap="zero", page="")])
    assert [(gap.times, gap.page) for gap in gaps] == [(2, "a.md"), (1, "b.md"), (1, "")]
    assert all("ATHENAEUM_LOG_QUERIES" in gap.advice for gap in gaps)


def test_answered_queries_and_other_events_are_no_gaps() -> None:
    good = Event(0, "", {"event": "request", "search_ms": 1.0, "query": "x"})
    assert find_gaps([good, Event(0, "REPORT RequestId: 1"), Event(0, "", {"event": "release_loaded"})]) == []


def test_what_is_seen_less_often_than_asked_for_is_left_out() -> None:
    gaps = find_gaps([asked("dark mode"), asked("dark mode"), asked("saml")], least=2)
    assert [gap.topic for gap in gaps] == ["dark mode"]


def test_the_report_names_shares_and_groups() -> None:
    gaps = find_gaps([asked("rotate api key"), asked("rotate api keys"), asked("dark mode")])
    text = report_markdown(gaps, stack="Docs", days=7, searches=12, kept_text=True)
    assert "3 of 12 searches (25%)" in text
    assert "| 2 | rotate api key |" in text
    assert "- rotate api key: rotate api key (1); rotate api keys (1)" in text
    assert "Nobody searched" in report_markdown([], stack="Docs", days=7, searches=0, kept_text=False)
    assert "no gap" in report_markdown([], stack="Docs", days=7, searches=4, kept_text=False)


@given(st.text(max_size=120))
def test_a_readers_words_neither_mention_link_nor_break_the_table(query: str) -> None:
    one_line = " ".join(query.split())
    text = report_markdown(find_gaps([asked(one_line)]), stack="D", days=1, searches=1, kept_text=True)
    (row,) = [line for line in text.splitlines() if line.startswith("| 1 |")]
    assert row.replace("\\|", "").count("|") == 5
    assert "](" not in row.replace("]\\(", "")
    for at, letter in enumerate(row):
        assert letter != "@" or row[at + 1] == "\u200b"


def test_a_line_that_is_not_the_servers_is_only_text() -> None:
    assert event_of(1, '{"a": 1}\n').fields == {}
    assert event_of(1, "{broken").fields == {}
    assert event_of(1, "[" * 10_000).fields == {}
    assert event_of(1, '{"event": "request"}').kind == "request"
    report = (
        "REPORT RequestId: a\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 1024 MB\tInit Duration: 700 ms"
    )
    assert event_of(1, report).report() == {"Duration": 12.5, "Billed Duration": 13, "Init Duration": 700}

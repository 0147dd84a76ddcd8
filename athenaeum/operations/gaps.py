"""From queries that found nothing good to a list an owner can act on: grouped, counted, with what to write. Pure.

Two queries are one gap when they share most of their telling words. Without query text (the default of the log) the
list is by the page that came nearest.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from athenaeum.operations.log_events import Event

NEAR = 0.2
"""Cosine from which on the nearest page is about something related."""
_SHARED = 0.5
"""Share of the smaller query's words that must be the other's too."""
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "could",
        "do",
        "does",
        "for",
        "from",
        "get",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "my",
        "not",
        "of",
        "on",
        "or",
        "set",
        "should",
        "so",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "this",
        "to",
        "up",
        "use",
        "using",
        "was",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "you",
        "your",
    ]
)


@dataclass(slots=True)
class Gap:
    """One gap. `queries` are as logged, most frequent first; `nearest` the pages that came nearest."""

    words: frozenset[str] = frozenset()
    times: int = 0
    zero: int = 0
    queries: Counter[str] = field(default_factory=Counter)
    nearest: Counter[str] = field(default_factory=Counter)
    relevance: float = 0.0

    @property
    def topic(self) -> str:
        """The gap in a reader's own words, or the nearest page where no text was kept."""
        if self.queries:
            return self.queries.most_common(1)[0][0]
        return f"questions nearest to {self.page}" if self.page else "questions without any result"

    @property
    def page(self) -> str:
        """The page that came nearest, or ""."""
        return self.nearest.most_common(1)[0][0] if self.nearest else ""

    @property
    def advice(self) -> str:
        """What to write, and where."""
        if not self.queries:
            return (
                f"See which questions come to `{self.page}`: keep their text with ATHENAEUM_LOG_QUERIES=true."
                if self.page
                else "Keep the text of questions with ATHENAEUM_LOG_QUERIES=true to see what they ask."
            )
        words = ", ".join(sorted(self.words)[:6]) or self.topic
        if not self.page or self.relevance < NEAR:
            return f"No page comes near: write one in the readers' words ({words}), if this is your subject at all."
        return (
            f"Add a section to `{self.page}` that answers it in the readers' words ({words}), or link to where it is."
        )

    def to_json(self) -> dict[str, Any]:
        """The gap as plain data."""
        return {
            "topic": self.topic,
            "times": self.times,
            "zero_results": self.zero,
            "queries": [{"text": text, "times": times} for text, times in self.queries.most_common(10)],
            "nearest_page": self.page,
            "best_relevance": self.relevance,
            "advice": self.advice,
        }


def find_gaps(events: Iterable[Event], *, least: int = 1) -> list[Gap]:
    """The gaps among `events`, the most frequent first; those seen less than `least` times are left out."""
    gaps: list[Gap] = []
    for event in events:
        if event.fields.get("gap") not in ("zero", "low"):
            continue
        query = str(event.fields.get("query", ""))
        page = str(event.fields.get("top_path", ""))
        gap = _fitting(gaps, words=telling_words(query), query=query, page=page)
        gap.times += 1
        gap.zero += event.fields["gap"] == "zero"
        if query:
            gap.queries[query] += 1
        if page:
            gap.nearest[page] += 1
        gap.relevance = max(gap.relevance, float(event.fields.get("relevance", 0.0) or 0.0))
    return sorted((gap for gap in gaps if gap.times >= least), key=lambda gap: (-gap.times, gap.topic))


def telling_words(query: str) -> frozenset[str]:
    """The words of a query that tell what it is about, plural and singular alike."""
    words = re.findall(r"[^\W_][\w.-]*", re.sub(r"<\w+>", " ", query.lower()))
    return frozenset(word[:-1] if len(word) > 4 and word.endswith("s") else word for word in words if word not in _STOP)


def _fitting(gaps: list[Gap], *, words: frozenset[str], query: str, page: str) -> Gap:
    for gap in gaps:
        if words and gap.words:
            if len(words & gap.words) > _SHARED * min(len(words), len(gap.words)):
                return gap
        elif (
            not words and not gap.words and ((query and query in gap.queries) or (not query and page in gap.nearest))
        ) or not (words or gap.words or query or page or gap.nearest or gap.queries):
            return gap
    gap = Gap(words=words)
    gaps.append(gap)
    return gap


def report_markdown(gaps: Sequence[Gap], *, stack: str, days: float, searches: int, kept_text: bool) -> str:
    """The report, to be pasted into an issue."""
    total = sum(gap.times for gap in gaps)
    lines = [f"## What readers did not find: {stack}, last {days:g} days", ""]
    if not searches:
        return "\n".join([*lines, "Nobody searched.", ""])
    share = f"{total / searches:.0%}"
    lines += [f"{total} of {searches} searches ({share}) found nothing, or nothing that fits well.", ""]
    if not gaps:
        return "\n".join([*lines, "There is no gap to report.", ""])
    lines += ["| times | readers ask | nearest page | what to do |", "| ---: | --- | --- | --- |"]
    lines += [
        f"| {gap.times} | {_cell(gap.topic)} | {_code(gap.page)} | {_cell(gap.advice, code=True)} |" for gap in gaps
    ]
    for gap in gaps:
        if len(gap.queries) > 1:
            asked = "; ".join(f"{_cell(text)} ({times})" for text, times in gap.queries.most_common(5))
            lines += ["", f"- {_cell(gap.topic)}: {asked}"]
    note = (
        "Addresses, keys and long numbers were removed from the questions before they were logged."
        if kept_text
        else "The text of questions is not kept. `ATHENAEUM_LOG_QUERIES=true` keeps it, without addresses, keys and "
        "long numbers."
    )
    return "\n".join([*lines, "", note, ""])


def _cell(text: str, *, code: bool = False) -> str:
    # A reader's words are data: in an issue they must neither mention people, link, nor break the table.
    plain = text.replace("|", "\\|").replace("<", "&lt;").replace("@", "@\u200b").replace("#", "#\u200b")
    plain = plain.replace("[", "\\[").replace("](", "]\\(")
    return plain if code else plain.replace("`", "'").replace("*", "\\*").replace("_", "\\_")


def _code(text: str) -> str:
    return f"`{text.replace('`', '').replace('|', '')}`" if text else ""

"""The marks of an answer: which numbers reach the reader, wherever a stream happens to be cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.chat.citations import Marks, check_text


def marks_of(text: str, pieces: list[str], sources: int = 3) -> tuple[str, list[tuple[int, int, int]], str]:
    marks = Marks(sources)
    shown = "".join([*(marks.feed(piece) for piece in pieces), marks.finish()])
    return marks.text, marks.found, shown


@pytest.mark.parametrize(
    ("said", "shown", "numbers"),
    [
        ("Press it [1].", "Press it [1].", [1]),
        ("Press it [1, 3].", "Press it [1][3].", [1, 3]),
        ("Invented [9] and real [2].", "Invented  and real [2].", [2]),
        ("Zero [0] and [999].", "Zero  and .", []),
        ("In code `a[1]` it stays.", "In code `a[1]` it stays.", []),
        ("```\nx[9]\n```\nOut [1]", "```\nx[9]\n```\nOut [1]", [1]),
        ("~~~\n[9]\n~~~\n[2]", "~~~\n[9]\n~~~\n[2]", [2]),
        ("A link [1](https://x) is none.", "A link [1]\u2060(https://x) is none.", [1]),
        ("Lists [a] stay, and [ 1 ] is read.", "Lists [a] stay, and [1] is read.", [1]),
        ("Other spellings: 【2】, ［9］, [１], \\[3\\].", "Other spellings: [2], , [1], [3].", [2, 1, 3]),
        ("Nobody's [1000], [ 9 ], 【4:0†source】 or [&#57;].", "Nobody's , ,  or .", []),
        ("A range of versions [1.5] stays.", "A range of versions [1.5] stays.", []),
        ("An unpaired ` tick\nthen [1]", "An unpaired ` tick\nthen [1]", [1]),
        ("All of it [1-3].", "All of it [1][2][3].", [1, 2, 3]),
        ("All of it [2–3]; [1; 2].", "All of it [2][3]; [1][2].", [2, 3, 1, 2]),
        ("Beyond [2-9], and a class [0-9].", "Beyond , and a class [0-9].", []),
        ("![pixel](https://evil.example/?q=1)", "[pixel](https://evil.example/?q=1)", []),
        ("![1](https://evil.example/)", "[1]\u2060(https://evil.example/)", []),
        ("[see [1] here](https://evil.example/)", "[see [1] here]\u2060(https://evil.example/)", [1]),
        ("[1]: https://evil.example/\n\nSo [1].", "[1]\u2060: https://evil.example/\n\nSo [1].", [1, 1]),
        ("https://evil.example/[1]", "https://evil.example/ [1]", [1]),
        ("![x][1] and ![y]", "[x][1] and [y]", [1]),
        ("Great![1][2]", "Great! [1][2]", [1, 2]),
        ("In code `![a](b)` and a != b!", "In code `![a](b)` and a != b!", []),
        ("Ends with ![", "Ends with [", []),
        ("Ends with [", "Ends with [", []),
        ("Ends with [2]", "Ends with [2]", [2]),
    ],
)
def test_only_numbers_of_sources_are_citations(said, shown, numbers):
    text, found, out = marks_of(said, [said])
    assert (text, out) == (shown, shown)
    assert [number for number, _, _ in found] == numbers
    assert all(text[start:end] == f"[{number}]" for number, start, end in found)


@given(st.text(alphabet="a[]1239,-!` ~\n(é", max_size=60), st.lists(st.integers(0, 60), max_size=12))
def test_where_a_stream_is_cut_changes_nothing(text, cuts):
    at = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    pieces = [text[a:b] for a, b in itertools.pairwise(at)]
    whole = marks_of(text, [text])
    assert marks_of(text, pieces) == whole
    assert whole[0] == whole[2]


@given(st.text(alphabet="ab[]1239 ,.", max_size=60))
def test_outside_code_no_number_without_a_source_is_left(text):
    import re

    shown, _ = check_text(text, ())
    assert not re.search(r"\[\d{1,3}(\s*,\s*\d{1,3})*\](?!\()", shown) or re.search(r"\[[^\]]*\[", text)

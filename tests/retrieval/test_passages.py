"""Text is cut into passages without losing a word."""

from hypothesis import given
from hypothesis import strategies as st

from athenaeum.representation.passages import cut_passages
from athenaeum.representation.plain_text import plain_text

PROSE = st.lists(st.sampled_from(["One word.", "A longer sentence, is it?", "\n", "x" * 37, "東京。", "- item", " "]))


def test_short_sentences_are_joined_and_long_ones_stand_alone() -> None:
    text = "Short one. Short two. " + "This sentence is long enough to say something by itself, which is the point."
    assert cut_passages(text, least=20, most=100) == [
        "Short one. Short two.",
        "This sentence is long enough to say something by itself, which is the point.",
    ]


def test_a_short_rest_joins_the_passage_before_it() -> None:
    assert cut_passages("A first sentence of some length. End.", least=20, most=100) == [
        "A first sentence of some length. End."
    ]


def test_a_sentence_longer_than_a_passage_is_cut_at_spaces() -> None:
    pieces = cut_passages("word " * 100, least=20, most=60)
    assert all(len(piece) <= 60 for piece in pieces)
    assert " ".join(pieces).split() == ["word"] * 100


@given(PROSE.map(" ".join), st.integers(1, 80), st.integers(10, 120))
def test_no_word_is_lost_and_no_passage_is_too_long(text: str, least: int, most: int) -> None:
    pieces = cut_passages(text, least=least, most=most)
    assert all(0 < len(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_plain_text_keeps_what_a_reader_sees() -> None:
    markdown = (
        "## Set up { #set-up }\n\nSee [the *guide*](https://example.org/a) and ![a map](map.png).\n\n"
        "| Name | Use |\n| --- | :-: |\n| `run` | starts |\n\n!!! warning\n    Take care.\n\n"
        '```python\n# a comment\nprint("<b>")\n```\n<div class="x">inside</div>\n'
    )
    plain = plain_text(markdown)
    for kept in (
        "Set up",
        "See the *guide* and a map.",
        "run",
        "starts",
        "Take care.",
        "# a comment",
        '"<b>"',
        "inside",
    ):
        assert kept in plain
    for dropped in ("{ #set-up }", "example.org", "---", "```", "class="):
        assert dropped not in plain


@given(st.text(max_size=400))
def test_any_text_has_a_plain_form(text: str) -> None:
    plain = plain_text(text)
    assert plain == plain.strip()
    assert len(plain) <= len(text) + 2


def test_hostile_lines_take_no_time() -> None:
    for hostile in ("[" * 20_000, "-" * 20_000 + "x", "<A" * 10_000, "](" * 10_000, "# " * 10_000, "**a" * 8_000):
        plain_text(hostile)

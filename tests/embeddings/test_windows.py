"""Long texts are embedded whole: the windows tile the text, respect the limit and cut between words."""

from hypothesis import given
from hypothesis import strategies as st

from athenaeum.embeddings.windows import even_windows, halves


def tokens(text: str, *, width: int = 3) -> list[tuple[int, int]]:
    """Pieces of at most `width` characters that never hold a space."""
    spans: list[tuple[int, int]] = []
    for at, character in enumerate(text):
        if character.isspace():
            continue
        if spans and spans[-1][1] == at and at - spans[-1][0] < width:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return spans


@given(text=st.text(alphabet="ab 文\n", max_size=200), limit=st.integers(1, 20))
def test_windows_tile_the_text_within_the_limit(text: str, limit: int) -> None:
    spans = even_windows(text, tokens(text), limit=limit)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans) or not text
    for start, end in spans:
        assert sum(start <= first < end for first, _ in tokens(text)) <= limit


def test_windows_are_even_and_end_between_words() -> None:
    text = "alpha beta gamma delta epsilon zeta eta theta"
    spans = even_windows(text, tokens(text, width=99), limit=6)
    assert [text[start:end] for start, end in spans] == ["alpha beta gamma delta ", "epsilon zeta eta theta"]


def test_one_word_beyond_the_limit_is_cut_all_the_same() -> None:
    text = "a" * 100
    spans = even_windows(text, tokens(text), limit=10)
    assert len(spans) == 4
    assert spans[-1][1] == 100


def test_tokens_that_share_a_character_stay_together() -> None:
    # Byte-level tokenizers give several tokens for one character, all with its span.
    offsets = [(0, 1)] * 3 + [(1, 2)] * 3
    assert even_windows("文字", offsets, limit=2) == [(0, 1), (1, 2)]


@given(text=st.text(max_size=60), most=st.integers(1, 9))
def test_halves_give_the_text_back(text: str, most: int) -> None:
    parts = halves(text, lambda part: len(part) <= most)
    assert "".join(parts) == text
    assert all(len(part) <= most for part in parts)

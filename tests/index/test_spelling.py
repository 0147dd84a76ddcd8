"""Slips of the finger in a query are mended, and nothing else is touched."""

from athenaeum.index.text.spelling import mend, nearest

COUNTS = {"dependencies": 40, "background": 12, "request": 90, "requests": 9, "rest": 5, "test": 50, "response": 60}


def mended(query: str) -> str:
    return mend(query, counts=lambda: COUNTS, known=COUNTS.__contains__)


def test_a_letter_missing_wrong_doubled_or_swapped_is_mended() -> None:
    assert mended("depndencies") == "dependencies"
    assert mended("depxndencies") == "dependencies"
    assert mended("depenndencies") == "dependencies"
    assert mended("depednencies") == "dependencies"


def test_two_slips_are_mended_in_long_words_only() -> None:
    assert mended("dpeendecnies") == "dependencies"
    assert nearest("rqeusst", COUNTS) == ""


def test_known_words_stay_even_beside_commoner_ones() -> None:
    assert mended("rest requests") == "rest requests"


def test_the_first_letter_is_never_dropped_or_replaced() -> None:
    assert mended("nest") == "nest"


def test_among_equally_near_words_the_commonest_wins() -> None:
    assert mended("requestt") == "request"


def test_marks_around_a_word_stay_where_they_are() -> None:
    assert mended("what is `respones`?") == "what is `response`?"


def test_the_words_of_the_index_are_not_read_for_a_query_without_slips() -> None:
    def refuse() -> dict[str, int]:
        raise AssertionError("not needed")

    assert mend("test the request", counts=refuse, known=lambda _word: True) == "test the request"


def test_endless_words_and_many_slips_take_no_time() -> None:
    assert mended("a" * 50_000) == "a" * 50_000
    assert mended("requesx " * 5_000).split().count("request") == 3

"""What is searched for and sent on: follow-ups keep their subject, and whatever is said fits one request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.chat.answering import Chat
from athenaeum.chat.conversation import MAX_QUERY, Turn, queries_of, refers_back
from athenaeum.chat.counting import count_tokens
from athenaeum.chat.prompt import MAX_HISTORY, build_messages
from athenaeum.chat.providers.base import Ask, Piece
from athenaeum.chat.sources import MAX_TOKENS, gather
from athenaeum.records import Answer, Hit


def hit(name: str, content: str) -> Hit:
    return Hit(
        id=name,
        title=name,
        headings=(name,),
        content=content,
        path=f"{name}.md",
        start_line=1,
        end_line=1,
        url="",
        permalink="",
        score=0.5,
    )


def talk(*said: str) -> list[Turn]:
    return [Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(said)]


@pytest.mark.parametrize(
    "question",
    [
        "And how do I abort it?",
        "What about production?",
        "Why?",
        "How is this different from the one you named above, in detail and with every step?",
        "Wie kann ich das denn in der Produktion auf allen Servern abschalten?",
        "Et comment est-ce que je fais cela avec plusieurs serveurs en production ?",
        "それはどうやって止めますか",
    ],
)
def test_a_follow_up_is_searched_for_with_its_subject(question):
    queries = queries_of(talk("How does the countdown of a launch start?", "At ten [1].", question))
    assert "countdown" in queries[0]
    assert question in queries[0]
    assert question in queries
    assert not any("[1]" in query for query in queries)


def test_a_follow_up_to_a_follow_up_still_knows_the_subject():
    queries = queries_of(talk("How does the countdown start?", "At ten.", "And who stops it?", "You.", "How?"))
    assert all(word in queries[0] for word in ("countdown", "stops", "How?"))


def test_a_new_question_is_searched_for_alone():
    asked = "Which fuel does the second stage of a rocket burn on Mondays?"
    assert not refers_back(asked)
    assert queries_of(talk("How does the countdown start?", "At ten.", asked)) == [asked]


@given(st.lists(st.text(max_size=4000), min_size=1, max_size=7))
def test_queries_are_bounded(said):
    assert all(0 < len(query) <= MAX_QUERY for query in queries_of(talk(*said)))


@pytest.mark.parametrize("letter", ["word ", "ロケット発射台", "ракета "])
def test_a_long_talk_about_long_pages_fits_a_request_in_any_script(letter):
    page = (letter * 2000)[:2000]
    found = [hit(f"p{number}", page) for number in range(8)]
    said = talk(*[letter * 400 for _ in range(20)], "And then?")

    class Counting:
        default_model, counts = "model", True

        def stream(self, ask: Ask):
            yield Piece(text="Then [1].")
            yield Piece(finish_reason="stop")

    chat = Chat(provider=Counting(), models=("model",))
    answers = list(chat.answer(said, lambda _query, _limit: found))
    assert isinstance(answers[-1], Answer)
    assert answers[-1].sources


@given(st.lists(st.text(alphabet="aé語", max_size=3000), max_size=8))
def test_sources_and_history_keep_to_their_budgets(texts):
    found = [hit(str(number), text) for number, text in enumerate(texts)]
    sources = gather(lambda _query, _limit: found, ["q"])
    assert sum(count_tokens(one.content) for one in sources[1:]) <= MAX_TOKENS
    messages = build_messages([*talk(*texts, ""), Turn("user", "Last?")], sources, site="Acme", mark="m")
    assert sum(count_tokens(turn.text) for turn in messages[1:-1]) <= MAX_HISTORY
    assert messages[-1].text.endswith("Last?")

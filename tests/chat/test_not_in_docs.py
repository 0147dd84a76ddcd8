"""What the docs do not speak of is said so: a search by meaning finds something for every question."""

import pytest

from athenaeum.chat.answering import Chat
from athenaeum.chat.conversation import Turn
from athenaeum.chat.prompt import NOT_FOUND
from athenaeum.chat.providers.base import Ask, Piece
from athenaeum.records import Answer, Hit


class Recording:
    """A provider that answers everything and remembers what it was asked."""

    default_model = "recording"
    counts = False

    def __init__(self) -> None:
        self.asked: list[Ask] = []

    def stream(self, ask: Ask):
        self.asked.append(ask)
        yield Piece("Yes [1].", finish_reason="stop")


def hit(text: str, relevance: float) -> Hit:
    return Hit("a#0", "Guide", ("Guide",), text, "a.md", 1, 2, "", "", 1.0, relevance=relevance)


def answer_to(question: str, *, found: Hit) -> tuple[str, list[Ask]]:
    provider = Recording()
    chat = Chat(provider=provider, models=("recording",))
    (*_, whole) = chat.answer([Turn("user", question)], lambda _query, _limit: [found])
    assert isinstance(whole, Answer)
    return whole.text, provider.asked


@pytest.mark.parametrize(
    "question", ["Who won the 1998 football world cup?", "zebra quokka", "Wie wird das Wetter morgen?"]
)
def test_what_is_far_in_meaning_and_shares_few_words_is_not_in_the_docs(question):
    assert answer_to(question, found=hit("Hello World is the first program.", 0.21)) == (NOT_FOUND, [])


@pytest.mark.parametrize(
    ("question", "text", "relevance"),
    [
        ("Depends", "Use `Depends` for a dependency.", 0.21),
        ("BaseSettings environment prefix", "`BaseSettings` reads the environment.", 0.28),
        ("how do I bake bread", "The oven is hot.", 0.31),
        ("a searcher that measures nothing", "The oven is hot.", 0.0),
    ],
)
def test_words_of_the_question_or_a_near_meaning_let_the_model_decide(question, text, relevance):
    told, asked = answer_to(question, found=hit(text, relevance))
    assert told == "Yes [1]."
    assert len(asked) == 1

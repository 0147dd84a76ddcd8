"""Answers without a language model: the right passages, word for word."""

from hypothesis import given
from hypothesis import strategies as st

from athenaeum.chat.citations import check_text
from athenaeum.chat.providers.base import Ask
from athenaeum.chat.providers.none import ExtractiveProvider, passages
from athenaeum.records import Hit


def hit(content: str, *headings: str) -> Hit:
    return Hit(
        id=content,
        title=headings[0] if headings else "Page",
        headings=headings,
        content=content,
        path="a.md",
        start_line=1,
        end_line=1,
        url="https://docs.example.org/a/",
        permalink="",
        score=0.5,
    )


def test_the_block_with_the_rarest_shared_words_is_quoted():
    source = hit("# Launch\n\nA launch needs a pad.\n\nTo abort a launch, press the red button.\n\nA launch is loud.")
    assert passages("how do I abort a launch", [source]) == [(1, "To abort a launch, press the red button.")]


def test_code_that_follows_its_sentence_comes_along():
    source = hit("Abort it from the shell:\n\n```sh\nacme abort\n```\n\nThen wait.")
    assert passages("abort from a shell", [source]) == [(1, "Abort it from the shell:\n\n```sh\nacme abort\n```")]


def test_a_drawing_is_no_answer():
    source = hit("```mermaid\nflowchart\n  abort --> launch\n```\n\nTo abort, press the button.")
    assert passages("abort the launch", [source]) == [(1, "To abort, press the button.")]


def test_of_a_long_table_the_rows_that_answer_are_quoted():
    rows = "\n".join(f"| `flag-{n}` | does thing {n} |" for n in range(40))
    source = hit(f"| flag | meaning |\n| --- | --- |\n{rows}\n| `abort` | stops the launch |")
    ((_, quote),) = passages("which flag stops the launch", [source])
    assert quote.startswith("| flag | meaning |\n| --- | --- |")
    assert "| `abort` | stops the launch |" in quote
    assert quote.count("\n") == 5


def test_sources_that_share_much_less_than_the_best_are_left_out():
    best, weak = hit("Press the red button to abort a launch."), hit("A launch is loud.")
    assert [number for number, _ in passages("press which button to abort", [weak, best])] == [2]


def test_a_question_in_a_script_without_spaces_finds_its_passage():
    source = hit("ロケットは月へ飛びます。\n\n燃料はメタンです。")
    assert passages("燃料は何ですか", [source]) == [(1, "燃料はメタンです。")]


def test_nothing_shared_is_said_plainly():
    ask = Ask(question="zebra", sources=(hit("A launch needs a pad."),), messages=(), model="m")
    assert next(iter(ExtractiveProvider().stream(ask))).text == "The documentation does not answer this."


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=4))
def test_whatever_the_docs_hold_a_quote_is_part_of_its_source(question, texts):
    sources = [hit(text) for text in texts]
    for number, quote in passages(question, sources):
        for line in quote.split("\n"):
            assert line.removesuffix(" …") in texts[number - 1] or line in ("", "```", "~~~")


def test_what_looks_like_a_mark_in_a_quote_stays_and_cites_nothing(serve, shelf):
    shelf.publish({"a.md": "# Launch\n\nUse launch[1] and launch[9] of the array.\n"})
    body = {"messages": [{"role": "user", "content": "launch array"}]}
    answer = serve().client.post("/chat/completions", json=body).json()["choices"][0]["message"]
    assert "launch[1] and launch[9]" in answer["content"]
    assert [note["url_citation"]["start_index"] for note in answer["annotations"]] == [answer["content"].rindex("[1]")]
    assert check_text("So [9].", ())[0] == "So ."

"""What other pages call a page: whose texts count, and where they go."""

from athenaeum.documents.links.mentions import LONGEST, MOST, mentions
from athenaeum.documents.sites import Site
from athenaeum.records import Mention, Page, Section


def page(path: str, text: str, *anchors: str) -> Page:
    sections = tuple(Section((anchor,), 2, anchor, 0, len(text), 1, 1) for anchor in anchors)
    return Page(path, path, path, "", text, tuple(range(1, text.count("\n") + 2)), sections)


TARGET = page("guide/body.md", "# Body\n\n## Nested\n\n[itself](body.md)", "body", "nested")


def called(*texts: str) -> list[Mention]:
    sources = [page(f"guide/{number}.md", text) for number, text in enumerate(texts)]
    return list(mentions([TARGET, *sources], Site()).get(TARGET.path, ()))


def test_the_texts_of_links_are_mentions_of_the_page_or_of_its_section() -> None:
    assert called("See [Request Body](body.md).", "[Nested models](./body.md#nested) too") == [
        Mention("", "request body"),
        Mention("nested", "nested models"),
    ]


def test_marks_are_left_out_and_names_are_kept() -> None:
    assert called("[the `create_app()` **call**](body.md)") == [Mention("", "the create_app() call")]


def test_a_text_counts_once_however_often_it_stands_somewhere() -> None:
    assert called("[Body](body.md) and [body](body.md)", "[Body](body.md)") == [Mention("", "body")]


def test_links_of_a_page_to_itself_to_other_places_and_broken_ones_are_none() -> None:
    assert called("[x y](https://example.com/body.md) [gone](body.md#gone) ![image](body.md)") == []


def test_long_and_many_texts_are_bounded() -> None:
    assert max(len(one.text) for one in called(f"[{'long ' * 39}](body.md)")) <= LONGEST
    assert len(called(" ".join(f"[name {number}](body.md)" for number in range(MOST + 9)))) == MOST

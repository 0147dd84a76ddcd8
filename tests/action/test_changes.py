"""What changed between two releases, counted as a person would."""

from athenaeum.action.pull_request.changes import ChunkChanges, Contents, Place, compare, new_links
from athenaeum.documents.links.links import BrokenLink

INTRO = ("a.md", ("Intro",))
USE = ("a.md", ("Use",))


def test_a_chunk_with_another_text_under_its_heading_is_changed() -> None:
    before = Contents(texts={INTRO: ["one"], USE: ["two", "three"]})
    now = Contents(texts={INTRO: ["uno"], USE: ["two", "three", "four"]})
    assert compare(before, now).chunks == ChunkChanges(added=1, changed=1, removed=0)


def test_a_chunk_under_another_heading_is_added_and_removed() -> None:
    changes = compare(Contents(texts={INTRO: ["one"]}), Contents(texts={USE: ["one"]}))
    assert changes.chunks == ChunkChanges(added=1, changed=0, removed=1)


def test_chunks_that_only_changed_places_are_no_change() -> None:
    assert compare(Contents(texts={INTRO: ["a", "b"]}), Contents(texts={INTRO: ["b", "a"]})).nothing


def test_a_link_that_was_broken_before_is_not_new_on_another_line() -> None:
    old = [BrokenLink("a.md", 3, "gone.md", "no such page")]
    now = [BrokenLink("a.md", 9, "gone.md", "no such page"), BrokenLink("b.md", 1, "gone.md", "no such page")]
    assert new_links(old, now) == (now[1],)


def test_a_second_copy_of_a_broken_link_is_new() -> None:
    link = BrokenLink("a.md", 3, "gone.md", "no such page")
    again = BrokenLink("a.md", 8, "gone.md", "no such page")
    assert new_links([link], [link, again]) == (again,)


def test_hidden_text_is_new_only_where_it_was_not() -> None:
    old = Place("a.md", 3, "Removed 1 hidden character (U+200B)")
    moved, fresh = Place("a.md", 7, old.message), Place("b.md", 1, old.message)
    assert compare(Contents(hidden=(old,)), Contents(hidden=(moved, fresh))).hidden == (fresh,)
    assert compare(Contents(hidden=(old,)), Contents(hidden=(moved,))).nothing

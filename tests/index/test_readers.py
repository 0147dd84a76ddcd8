"""A release becomes live only where its readers read its format; what is not known is said."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from athenaeum.errors import IndexFormatError
from athenaeum.index import layout
from athenaeum.index.format import formats, manifest
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.publishing.listing import list_kept
from athenaeum.index.publishing.prune import prune
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.readers import Readers
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import open_release
from athenaeum.index.store.objects import Store

Index = Callable[..., Path]
OLD = Readers((1,), known_from="a test")
BOTH = Readers((1, 2), known_from="a test")


@pytest.fixture
def next_format(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`next_format()` makes this the version that writes format 2; `next_format(back=True)` the one before again."""

    def switch(*, back: bool = False) -> None:
        monkeypatch.setattr(formats, "READS", (1,) if back else (1, 2))

    return switch


def second(index: Index, name: str = "second") -> Path:
    """An index whose release has format 2, and otherwise is like any other."""
    import json

    folder = index(name, {"a.md": "# Second\n\nWords of the second format. " * 5})
    pointer = json.loads((folder / "current.json").read_text())
    old = folder / "releases" / pointer["release"]
    data = old.joinpath("manifest.json").read_bytes().replace(b'"format": 1', b'"format": 2')
    old.joinpath("manifest.json").write_bytes(data)
    pointer["release"] = manifest.id_of(data)
    old.rename(folder / "releases" / pointer["release"])
    (folder / "current.json").write_text(json.dumps(pointer))
    return folder


def test_a_release_that_the_readers_cannot_read_is_not_made_live(
    index: Index, store: Store, next_format: Callable[..., None]
) -> None:
    next_format()
    first = publish(index("a"), store, readers=OLD).release
    for force in (False, True):
        with pytest.raises(
            IndexFormatError, match="has format 2, and what answers from the index reads format 1"
        ) as told:
            publish(second(index, f"s{force}"), store, readers=OLD, force=force)
        assert "First deploy the stack" in told.value.remedy
    live, _ = read_live(store)
    assert live is not None
    assert live.release == first
    assert [found.key for found in store.list("releases/") if first not in found.key] == []


def test_what_the_readers_read_is_remembered_for_publishers_that_cannot_ask(
    index: Index, store: Store, next_format: Callable[..., None]
) -> None:
    next_format()
    publish(index("a"), store, readers=OLD)
    live, _ = read_live(store)
    assert live is not None
    assert live.readers == (1,)
    with pytest.raises(IndexFormatError, match=r"current\.json"):
        publish(second(index), store, force=True)
    report = publish(second(index, "again"), store, readers=BOTH, force=True)
    assert not any("was not checked" in note for note in report.notes)
    live, _ = read_live(store)
    assert live is not None
    assert live.readers == (1, 2)


def test_where_nothing_is_known_it_is_said(index: Index, store: Store, next_format: Callable[..., None]) -> None:
    next_format()
    report = publish(second(index), store)
    assert any("was not checked" in note for note in report.notes)


def test_a_rollback_asks_as_well(index: Index, store: Store, next_format: Callable[..., None]) -> None:
    next_format()
    new = publish(second(index), store, readers=BOTH).release
    old = publish(index("a"), store, readers=BOTH, force=True).release
    with pytest.raises(IndexFormatError):
        rollback(store, readers=OLD)
    assert rollback(store, readers=BOTH).release == new
    assert rollback(store, release=old, readers=OLD).release == old


def test_what_a_later_version_wrote_is_never_removed_by_this_one(
    index: Index, store: Store, next_format: Callable[..., None]
) -> None:
    next_format()
    foreign = publish(second(index), store, readers=BOTH).release
    for number in range(7):
        publish(index("a", {"a.md": f"# A\n\nText {number}."}), store, force=True, readers=BOTH)
    next_format(back=True)
    later = datetime.now(UTC) + timedelta(days=9)
    report = prune(store, keep=0, now=later)
    assert foreign not in report.releases
    kept = {one.release: one for one in list_kept(store)}
    assert kept[foreign].foreign
    assert not kept[foreign].complete
    assert report.encoders == ()


def test_a_version_that_does_not_read_what_is_live_can_still_replace_it(
    index: Index, store: Store, next_format: Callable[..., None]
) -> None:
    next_format()
    publish(second(index), store, readers=BOTH)
    next_format(back=True)
    report = publish(index("a"), store, readers=BOTH)
    live, _ = read_live(store)
    assert live is not None
    assert (live.release, len(live.history)) == (report.release, 1)


def test_a_later_format_is_refused_with_the_format_that_is_read(index: Index, next_format: Callable[..., None]) -> None:
    folder = second(index)
    with pytest.raises(IndexFormatError, match="has format '2'; this version reads format 1"):
        open_release(folder)
    next_format()
    assert open_release(folder).manifest.format == 2
    data = (open_release(folder).dir / layout.MANIFEST).read_bytes()
    assert manifest.Manifest.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize(
    ("text", "found"),
    [("1", (1,)), ("1,2", (1, 2)), (" 2 , 1 ", (1, 2)), ("", ()), ("x", ()), ("1,", ()), ("0", ()), ("9" * 500, ())],
)
def test_formats_are_read_from_an_output(text: str, found: tuple[int, ...]) -> None:
    assert formats.parsed(text) == found
    assert not found or formats.parsed(formats.named(found)) == found


@pytest.mark.parametrize("value", [None, 1, "1", [], ["1"], [True], [1.0], [-1], [10**9], {"1": 1}, [1] * 100])
def test_what_is_no_list_of_formats_is_none(value: object) -> None:
    assert formats.checked(value) == ()
    data = Pointer("a" * 20).to_bytes()
    assert b"readers" not in data

"""Other docs never take the place of those that are live, unless it is meant: no two steps share a stack unnoticed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.errors import GuardError
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.publishing.guard import check_place
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import open_release
from athenaeum.index.store.objects import Store

Index = Callable[..., Path]


@pytest.fixture
def manifest(index: Index) -> Manifest:
    return open_release(index("a")).manifest


def with_docs(manifest: Manifest, *docs: str) -> Manifest:
    from dataclasses import replace

    return replace(manifest, docs=docs)


@pytest.mark.parametrize(
    ("live", "new", "fine"),
    [
        (["docs"], ["docs"], True),
        (["docs"], ["docs", "blog"], True),
        (["a/docs"], ["b/docs"], False),
        (["docs", "blog"], ["docs"], False),
        (["docs"], ["docs/api"], False),
    ],
)
def test_a_root_that_is_live_stays(manifest: Manifest, live: list[str], new: list[str], fine: bool) -> None:
    pointer = Pointer("r", repository="https://github.com/acme/docs")
    before = with_docs(manifest, *live)
    if fine:
        check_place(pointer, before, docs=new)
        return
    with pytest.raises(GuardError, match=f"docs of {', '.join(live)}, and these are of {', '.join(new)}") as refused:
        check_place(pointer, before, docs=new)
    assert "stack-name" in refused.value.remedy
    check_place(pointer, before, docs=new, force=True)


@pytest.mark.parametrize(
    ("live", "new", "fine"),
    [
        ("https://github.com/acme/docs", "https://github.com/Acme/Docs", True),
        ("https://github.com/acme/docs", "https://github.com/acme/docs.git", True),
        ("https://github.com/acme/docs", "", True),
        ("", "https://github.com/acme/docs", True),
        ("https://github.com/acme/docs", "https://github.com/other/docs", False),
    ],
)
def test_two_repositories_of_one_name_do_not_share_a_stack(live: str, new: str, fine: bool) -> None:
    if fine:
        check_place(Pointer("r", repository=live), None, docs=("docs",), repository=new)
        return
    with pytest.raises(
        GuardError, match=r"of https://github\.com/acme/docs, and these are of https://github\.com/other"
    ):
        check_place(Pointer("r", repository=live), None, docs=("docs",), repository=new)


def test_a_first_release_takes_any_place() -> None:
    check_place(None, None, docs=("docs",), repository="https://github.com/acme/docs")


def test_a_publish_of_another_repository_is_refused_and_changes_nothing(index: Index, store: Store) -> None:
    publish(index("a", commit="c1"), store)
    before, _ = read_live(store)
    with pytest.raises(GuardError):
        publish(index("b", commit="c2"), store, repository="other/docs")
    assert read_live(store)[0] == before
    publish(index("b", commit="c2"), store, repository="other/docs", force=True)
    now, _ = read_live(store)
    assert now is not None
    assert now.repository == "other/docs"

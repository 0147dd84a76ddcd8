"""Any sequence of publishes, rollbacks, prunes and lost files keeps the promises of a store."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from athenaeum.errors import AthenaeumError, IndexBrokenError, IndexNotFoundError, ReleaseNotFoundError
from athenaeum.index.publishing.listing import list_kept
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.prune import prune
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import open_release
from athenaeum.index.store.objects import Store
from athenaeum.index.store.s3 import open_store

VARIANTS = 5
steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(0, VARIANTS - 1)),
        st.tuples(st.just("rollback"), st.just(0)),
        st.tuples(st.just("rollback to"), st.integers(0, VARIANTS - 1)),
        st.tuples(st.just("prune"), st.integers(0, 3)),
    ),
    max_size=14,
)


@pytest.fixture
def variants(index: Callable[..., Path], texts: Callable[..., dict[str, str]]) -> list[Path]:
    """Indexes of different contents; each has an encoder of its own."""
    return [
        index(f"v{n}", texts(2, mark=str(n)), commit=str(n), digest=f"{n:016x}", vectors=bytes([n]) * 99)
        for n in range(VARIANTS)
    ]


def check(store: Store) -> None:
    """The live release and all it remembers are whole, with their encoders."""
    live, _ = read_live(store)
    if live is None:
        return
    kept = {one.release: one for one in list_kept(store)}
    encoders = {found.key for found in store.list("encoders/")}
    for release in live.releases():
        assert kept[release].complete
        assert f"encoders/{kept[release].encoder}/model.onnx" in encoders


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_what_the_pointer_remembers_is_always_whole(variants: list[Path], wanted: list[tuple[str, int]]) -> None:
    ids = [open_release(folder).id for folder in variants]
    with tempfile.TemporaryDirectory() as name:
        store = open_store(Path(name) / "store")
        expected: str | None = None
        for what, number in wanted:
            if what == "publish":
                expected = publish(variants[number], store).release
                assert expected == ids[number]
            elif what == "prune":
                prune(store, keep=number, now=datetime.now(UTC) + timedelta(days=3))
            else:
                try:
                    target = ids[number] if what == "rollback to" else ""
                    expected = rollback(store, release=target).release
                    assert expected == (target or expected)
                except (ReleaseNotFoundError, IndexNotFoundError):
                    pass
            live, _ = read_live(store)
            assert (live.release if live else None) == expected
            check(store)


def test_files_copied_in_any_order_never_show_a_broken_release(variants: list[Path], tmp_path: Path) -> None:
    """What `aws s3 sync` does, in the order of names, which puts the pointer first; and a reader after every file."""
    source, target = open_store(variants[1]), open_store(tmp_path / "bucket")
    publish(variants[0], target)
    local = tmp_path / "local"
    mirror(target, local)
    old, new = open_release(variants[0]).id, open_release(variants[1]).id
    seen = []
    for found in sorted(source.list(""), key=lambda found: found.key):
        blob = source.get(found.key)
        assert blob is not None
        target.put(found.key, blob.data)
        try:
            mirror(target, local)
        except IndexBrokenError:
            seen.append("not yet")
        assert open_release(local).id in (old, new)
    assert open_release(local).id == new
    assert seen


def test_files_copied_pointer_last_never_make_a_reader_wait(variants: list[Path], tmp_path: Path) -> None:
    source, target = open_store(variants[1]), open_store(tmp_path / "bucket")
    publish(variants[0], target)
    local = tmp_path / "local"
    for found in sorted(source.list(""), key=lambda found: (found.key == "current.json", found.key)):
        blob = source.get(found.key)
        assert blob is not None
        target.put(found.key, blob.data)
        try:
            mirror(target, local)
        except AthenaeumError as error:  # pragma: no cover - the point of the test
            pytest.fail(str(error))
    assert open_release(local).id == open_release(variants[1]).id

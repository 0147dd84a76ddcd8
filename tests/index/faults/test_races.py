"""Several publishers at once: one wins each step, the others are told who, and nothing is mixed."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.errors import AthenaeumError, LostRaceError
from athenaeum.index.publishing.listing import list_kept
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import open_release
from athenaeum.index.store.s3 import open_store

Opener = Callable[[str], object]


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int], dict[str, object]]:
    """`open_store(**address(n))` opens the n-th fresh store of each kind."""
    if request.param == "folder":
        return lambda number: {"address": tmp_path / f"store {number}"}
    bucket, environ = request.getfixturevalue("bucket"), request.getfixturevalue("s3_environ")
    return lambda number: {"address": f"s3://{bucket}/race-{number}/", "environ": environ}


def race(folders: list[Path], address: dict[str, object], *, local: Path) -> None:
    """All publish at once; then what happened must be what each of them said."""
    start = threading.Barrier(len(folders))
    outcomes: dict[Path, AthenaeumError | None] = {}

    def run(folder: Path) -> None:
        store = open_store(**address)  # type: ignore[arg-type]
        start.wait()
        try:
            publish(folder, store)
            outcomes[folder] = None
        except AthenaeumError as error:
            outcomes[folder] = error

    threads = [threading.Thread(target=run, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = open_store(**address)  # type: ignore[arg-type]
    pointer, _ = read_live(store)
    assert pointer is not None
    winners = {open_release(folder).id for folder, error in outcomes.items() if error is None}
    losers = {folder: error for folder, error in outcomes.items() if error is not None}
    # A publisher that began after another's flip follows it rightly: then there are several winners, one by one.
    assert set(pointer.releases()) == winners
    assert pointer.release in winners
    for error in losers.values():
        assert isinstance(error, LostRaceError), error
        assert any(release in error.message for release in winners)
        assert "team-" in error.message
    assert all(one.complete for one in list_kept(store))
    mirror(store, local)
    release = open_release(local)
    assert release.id == pointer.release
    assert release.pointer.repository == f"team-{release.pointer.commit}"


def contenders(index: Callable[..., Path], texts: Callable[..., dict[str, str]], count: int) -> list[Path]:
    """Indexes of other contents, and every second one with another export of the same encoder."""
    return [
        index(
            f"p{n}",
            texts(mark=f"by {n}"),
            commit=str(n),
            repository=f"team-{n}",
            export=b"export one" if n % 2 else b"export two!",
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(("publishers", "rounds"), [(2, 5), (8, 2)])
def test_of_publishers_at_once_one_wins_and_nothing_is_mixed(
    index: Callable[..., Path],
    texts: Callable[..., dict[str, str]],
    address: Callable[[int], dict[str, object]],
    tmp_path: Path,
    publishers: int,
    rounds: int,
) -> None:
    folders = contenders(index, texts, publishers)
    for number in range(rounds):
        race(folders, address(number), local=tmp_path / f"local-{number}")


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("publishers", [2, 8])
def test_a_hundred_rounds_of_publishers_at_once(
    index: Callable[..., Path],
    texts: Callable[..., dict[str, str]],
    address: Callable[[int], dict[str, object]],
    tmp_path: Path,
    publishers: int,
) -> None:
    folders = contenders(index, texts, publishers)
    for number in range(100):
        race(folders, address(number), local=tmp_path / f"local-{number}")

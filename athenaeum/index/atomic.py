"""Writing in a folder so that a kill, a full disk or a second writer at any moment leaves the old or the new state.

Half-written things live in `.work/` beside the index, under a lock that the kernel frees when its holder dies; so
whoever gets the lock may sweep everything there.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from athenaeum.errors import BusyError, DiskError, StoreError
from athenaeum.index import layout

_POINTER_WAIT_SECONDS = 30.0


@contextmanager
def translated(doing: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` into one sentence: `DiskError` for a full disk, `StoreError` for the rest."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskError(
                f"There is no space left while {doing} in {path}.", remedy="Free some space and run the command again."
            ) from error
        raise StoreError(
            f"{doing.capitalize()} in {path} failed: {error.strerror or type(error).__name__}.",
            remedy="Check that the folder exists and that you may read and write it.",
        ) from error


@contextmanager
def locked(root: Path, name: str, *, wait: float = _POINTER_WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock `name` of the index folder `root`; `BusyError` after `wait` seconds."""
    import fcntl

    if root.is_file():
        raise StoreError(f"{root} is a file, not a folder.", remedy="Name another folder for the index.")
    with translated("locking", root):
        work = root / layout.WORK
        work.mkdir(parents=True, exist_ok=True)
        handle = os.open(work / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + wait
        pause = 0.001
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise BusyError(
                        f"Another process is writing the index {root}.", remedy="Wait for it to end, then run again."
                    ) from error
                time.sleep(pause)
                pause = min(pause * 2, 0.05)
            except OSError as error:
                raise StoreError(
                    f"The folder {root} cannot be locked: {error.strerror}.", remedy="Use a local disk for the index."
                ) from error
        yield
    finally:
        os.close(handle)


@contextmanager
def staging(root: Path, name: str, *, wait: float = 0.0) -> Iterator[Path]:
    """An empty folder on the index's own disk, for one writer of kind `name` at a time (`BusyError` for a second).

    What is left in it at the end is removed, as is whatever a killed writer of that kind left behind.
    """
    with locked(root, name, wait=wait):
        work = root / layout.WORK
        for stale in work.glob(f"{name}-*"):
            shutil.rmtree(stale, ignore_errors=True)
        with translated("writing", root):
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=work))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def replace_file(root: Path, key: str, source: bytes | Path) -> None:
    """Write `root/key` whole or not at all, durably, whatever was there.

    The temporary file is in `.work/` under a shared lock: the next writer that finds itself alone sweeps what killed
    ones left.
    """
    work = root / layout.WORK
    work.mkdir(parents=True, exist_ok=True)
    with _shared(work / "put.lock", sweep=work):
        handle, temporary = tempfile.mkstemp(prefix="put-", dir=work)
        try:
            try:
                _fill(handle, source)
                os.fchmod(handle, 0o644)
                os.fsync(handle)
            finally:
                os.close(handle)
            target = root / key
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, target)  # noqa: PTH105 - `temporary` is a name, not a Path
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    sync_path(target.parent)


def move_folder(source: Path, target: Path, *, sync: bool = True) -> None:
    """Move a finished folder into place. If `target` is there already it stays, and `source` is left to its owner."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # Temporary folders are closed to others; a finished one is for whoever serves it.
    source.chmod(0o755)
    if sync:
        for path in [*source.rglob("*"), source]:
            if not path.is_symlink():
                sync_path(path)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    if sync:
        sync_path(target.parent)


def sync_path(path: Path) -> None:
    """Make a file or folder durable, where the file system can."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


@contextmanager
def _shared(lock: Path, *, sweep: Path) -> Iterator[None]:
    import fcntl

    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for stale in sweep.glob("put-*"):
                stale.unlink(missing_ok=True)
        except BlockingIOError:
            pass
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _fill(handle: int, source: bytes | Path) -> None:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            while block := stream.read(1 << 20):
                _write_all(handle, block)
    else:
        _write_all(handle, source)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]

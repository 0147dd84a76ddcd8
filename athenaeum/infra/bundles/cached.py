"""Folders that are expensive to make, made once: the rule for what may be reused.

A folder appears under its key in one rename, when it is complete. A second process waits for the first; one that was
killed leaves a partial folder that the next one removes. A key therefore names contents that never change.
"""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from athenaeum.errors import DiskError
from athenaeum.settings import cache_dir


def cached_folder(kind: str, key: str, fill: Callable[[Path], None], *, cache: Path | None = None) -> Path:
    """The folder `<cache>/<kind>/<key>`, filled by `fill(folder)` when it is not there yet.

    Whatever `fill` raises leaves nothing behind. `DiskError` when the disk is full or the cache cannot be written.
    """
    home = (cache or cache_dir()) / kind
    final = home / key
    if final.is_dir():
        return final
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _locked(home / f".{key}.lock"):
            if final.is_dir():
                return final
            for leftover in home.glob(f".partial-{key}-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            partial = Path(tempfile.mkdtemp(prefix=f".partial-{key}-", dir=home))
            try:
                fill(partial)
                partial.chmod(0o755)
                partial.rename(final)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise
        raise DiskError(
            f"The cache folder {home} cannot be written: {error.strerror}.",
            remedy="Free some space, or set ATHENAEUM_CACHE_DIR to a folder that can be written.",
        ) from error
    return final


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows has no flock; there the rename alone decides who wins.
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

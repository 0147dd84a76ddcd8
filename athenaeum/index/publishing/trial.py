"""Opens the lexical files of a release in a process of their own, before they are opened in one that serves.

    python -m athenaeum.index.publishing.trial FOLDER

The library that reads them is native code, and believes a size that a file states: files that somebody made can end the
process that opens them, which no exception handler sees. Here that ends a process that nobody waits for.
"""

import subprocess
import sys
from pathlib import Path

from athenaeum.errors import IndexBrokenError

SECONDS = 10.0
MEMORY = 4 << 30
"""Bytes of address space: the files are mapped, so this is no measure of what is used."""
_REFUSED = 3


def rehearse(folder: Path) -> None:
    """`IndexBrokenError` when opening the lexical files in `folder` fails, ends the process or takes too long."""
    command = [sys.executable, "-m", "athenaeum.index.publishing.trial", str(folder)]
    try:
        ended = subprocess.run(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        ended = -1
    except OSError:
        # No process can be had here: what can be known is known when it is opened.
        return
    if ended == _REFUSED or ended < 0:
        raise IndexBrokenError(
            "The lexical files of the index are damaged: a process that opened them was ended by it.",
            remedy="Build or publish the index again.",
        )


def main(folder: str) -> int:
    """Open and search; the exit code tells what came of it."""
    import resource

    from athenaeum.index.format.lexical import FIELDS, open_lexical

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        lexical = open_lexical(Path(folder))
        lexical.search("the index of a page", 3, boosts=dict.fromkeys(FIELDS, 1.0))
        lexical.mended("the indx of a paeg")
    except IndexBrokenError:
        return _REFUSED
    lexical.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

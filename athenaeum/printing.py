"""What other people's text may do to a terminal, a log or an annotation: be read, and nothing else.

Names of files, titles, values of a configuration and messages of other programs can hold escape sequences (colours,
window titles, links, the clipboard), carriage returns that overwrite a line, and marks that turn the order of letters
around. Everything that is printed goes through `printable`, by the streams that `plain_output` puts in place.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO, cast

_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]|\r(?!\n)"
)
"""C0 but tab and line ends, DEL, C1, exotic line ends, bidirectional embeddings, overrides and isolates, halves of
characters (a file name that is no UTF-8), tag characters, and a carriage return that would overwrite its line."""


def printable(text: str) -> str:
    """`text` with what could act on a terminal written as JSON writes it, such as `\\u001b`; JSON stays JSON."""
    return _UNSAFE.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    number = ord(found[0])
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"


class PlainStream:
    """A text stream through which `change` sees every text; all else is the stream's own."""

    def __init__(self, stream: TextIO, change: Callable[[str], str] = printable) -> None:
        self.stream = stream
        self._change = change

    def write(self, text: str) -> int:
        """Write the changed text."""
        self.stream.write(self._change(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each of the lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def raw(stream: TextIO) -> TextIO:
    """The stream below, for what we draw ourselves, such as progress bars and commands of a workflow."""
    return stream.stream if isinstance(stream, PlainStream) else stream


def _hook(change: Callable[[str], str]) -> Callable[..., None]:
    """Shows a traceback after our streams are gone: its message may hold anything."""

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        import traceback

        for part in traceback.format_exception(kind, error, trace):
            sys.stderr.write(change(part))

    return show


@contextmanager
def plain_output(change: Callable[[], Callable[[str], str]] = lambda: printable) -> Iterator[None]:
    """Let stdout and stderr show nothing but text for the time of a command.

    `change` makes what each stream's text goes through. An error that ends the process is shown the same way.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", PlainStream(raw(stream), change())) for stream in before)
    try:
        yield
    except Exception:
        sys.excepthook = _hook(change())
        raise
    finally:
        sys.stdout, sys.stderr = before

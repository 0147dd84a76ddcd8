"""Bytes of a page → its text with `\\n` line ends. Decides what counts as text and in which encoding it is."""

import codecs
import re

from athenaeum.errors import PageError
from athenaeum.git import LFS_REMEDY, is_lfs_pointer

LARGEST_PAGE = 32_000_000
"""Bytes. Larger files are data, not documentation."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD = 8192
_MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]{1,3}")


def decode(data: bytes, *, name: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The text of a page and notices of how it had to be read; `PageError` naming `name` when it is not text."""
    if len(data) > LARGEST_PAGE:
        raise PageError(
            f"{name} is larger than {LARGEST_PAGE // 1_000_000} MB.", remedy="Split it or exclude it.", file=name
        )
    if is_lfs_pointer(data):
        raise PageError(
            f"{name} is a Git LFS pointer, and its content is not checked out. {LFS_REMEDY}", file=name, line=1
        )
    text, notices = _text(data, name)
    return text.replace("\r\n", "\n").replace("\r", "\n"), notices


def _text(data: bytes, name: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding, name), ()
    if b"\0" in data[:_HEAD]:
        encoding = _sixteen(data[:_HEAD])
        if not encoding:
            raise PageError(
                f"{name} is a binary file, not text.", remedy="Remove it, rename it or exclude it.", file=name, line=1
            )
        return _strict(data, encoding, name), ((1, f"Read as {encoding.upper()}; save it as UTF-8"),)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        return _repaired(data, error, name)


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise PageError(
            f"{name} begins as {encoding.upper()} but is not valid from byte {error.start} on.",
            remedy="Save it as UTF-8.",
            file=name,
        ) from error


def _sixteen(head: bytes) -> str:
    """UTF-16 without a mark: text of mostly ASCII has every other byte zero."""
    even, odd = head[0::2], head[1::2]
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) > 0.6 * len(zeros) and others.count(0) < 0.1 * len(others):
            return encoding
    return ""


def _repaired(data: bytes, error: UnicodeDecodeError, name: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    line = data.count(b"\n", 0, error.start) + 1
    high = sum(byte >= 0x80 for byte in data)
    control = sum(byte < 0x20 and byte not in b"\t\n\r\f\x1b" for byte in data[:_HEAD])
    if high > 0.3 * len(data) or control > 0.05 * min(len(data), _HEAD):
        raise PageError(
            f"{name} is not text in UTF-8: byte 0x{data[error.start]:02X} on line {line} does not fit.",
            remedy="Save it as UTF-8, or exclude it when it is not text.",
            file=name,
            line=line,
        ) from error
    if _MULTIBYTE.search(data):
        return data.decode("utf-8", errors="replace"), ((line, "Not valid UTF-8; bad bytes are shown as �"),)
    text = data.decode("cp1252", errors="replace")
    return text, ((line, "Not valid UTF-8; read as Windows-1252, save it as UTF-8"),)

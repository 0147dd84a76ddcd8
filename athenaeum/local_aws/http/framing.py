"""Reading HTTP/1.1 requests strictly: where one ends and the next begins is never a matter of opinion.

Python's own server takes bare line feeds, folded headers, two lengths and a negative chunk, each of which another
reader of the same bytes takes for something else. What is ambiguous here is 400, and the connection ends.
"""

import io
import re
from http.server import BaseHTTPRequestHandler

_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} (?:/|\*)[\x21-\x7e\x80-\xff]* HTTP/1\.[01]\r\n")
# A name, no space before the colon, and a value without control characters; obs-text may be in it.
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t\x20-\x7e\x80-\xff]*\r\n")
_LENGTH = re.compile(rb"[0-9]{1,15}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_LONGEST_LINE = 64 * 1024
_MOST_FIELDS = 100
_PIECE = 64 * 1024


class TooLargeError(Exception):
    """The body has more bytes than it may."""


class AmbiguousError(Exception):
    """What was sent can be read in more than one way, or in none."""


class StrictRequests(BaseHTTPRequestHandler):
    """A request handler that reads what is unambiguous alone. Mixed in before the class that answers."""

    raw_requestline: bytes

    def parse_request(self) -> bool:
        """Check the head as it stands on the wire before anything reads it; whether the request may be answered."""
        try:
            head = read_head(self.raw_requestline, self.rfile)
        except AmbiguousError:
            self.close_connection = True
            self.requestline, self.request_version, self.command = "", "HTTP/1.1", ""
            self.send_error(400, "Bad Request")
            return False
        stream, self.rfile = self.rfile, io.BytesIO(head)
        try:
            return super().parse_request()
        finally:
            self.rfile = stream

    def read_body(self, limit: int) -> bytes:
        """The whole body. Raises `TooLargeError` past `limit` bytes and `AmbiguousError`; the connection ends then."""
        if self.headers.get("Transfer-Encoding"):
            return read_chunks(self.rfile, limit=limit)
        length = int(self.headers.get("Content-Length") or 0)
        if length > limit:
            self._discard(length, most=8 * limit)
            raise TooLargeError
        body = self.rfile.read(length)
        if len(body) != length:
            raise AmbiguousError("the body ends early")
        return body

    def _discard(self, length: int, *, most: int) -> None:
        """Most clients read the answer only after they have sent everything; to a bound they may."""
        left = min(length, most)
        while left > 0 and (data := self.rfile.read(min(left, _PIECE))):
            left -= len(data)


def read_head(request_line: bytes, stream: io.BufferedIOBase) -> bytes:
    """The header lines that follow a request line, up to the empty one, which is the last of them.

    Raises `AmbiguousError` for a line that ends in a bare line feed, is folded, or has no name; for two lengths, a
    length beside an encoding, an encoding other than `chunked`, and anything but one Host.
    """
    if not _REQUEST_LINE.fullmatch(request_line):
        raise AmbiguousError("request line")
    lines: list[bytes] = []
    given: dict[bytes, list[bytes]] = {}
    while (line := stream.readline(_LONGEST_LINE + 1)) != b"\r\n":
        found = _FIELD.fullmatch(line)
        if found is None or len(line) > _LONGEST_LINE or len(lines) == _MOST_FIELDS:
            raise AmbiguousError("header")
        lines.append(line)
        given.setdefault(found[1].lower(), []).append(line[found.end(1) + 1 :].strip())
    check_framing(given, version=request_line[-5:-2])
    return b"".join([*lines, line])


def check_framing(given: dict[bytes, list[bytes]], *, version: bytes) -> None:
    """Raise `AmbiguousError` unless these header fields (names in lower case) say one thing of the body's length."""
    lengths, encodings = given.get(b"content-length", []), given.get(b"transfer-encoding", [])
    hosts = given.get(b"host", [])
    if len(lengths) > 1 or len(encodings) > 1 or (lengths and encodings):
        raise AmbiguousError("lengths")
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise AmbiguousError("length")
    if encodings and (encodings[0].lower() != b"chunked" or version == b"1.0"):
        raise AmbiguousError("encoding")
    if len(hosts) > 1 or (not hosts and version != b"1.0"):
        raise AmbiguousError("host")


def read_chunks(stream: io.BufferedIOBase, *, limit: int) -> bytes:
    """A chunked body, without its trailers. Raises `AmbiguousError` and `TooLargeError`."""
    data = bytearray()
    while True:
        size_line = stream.readline(1024)
        found = _CHUNK.fullmatch(size_line)
        if found is None:
            raise AmbiguousError("chunk size")
        size = int(found[1], 16)
        if size == 0:
            break
        if len(data) + size > limit:
            raise TooLargeError
        piece = stream.read(size)
        if len(piece) != size or stream.read(2) != b"\r\n":
            raise AmbiguousError("chunk")
        data += piece
    for _ in range(_MOST_FIELDS):
        line = stream.readline(_LONGEST_LINE)
        if line == b"\r\n":
            return bytes(data)
        if not _FIELD.fullmatch(line):
            break
    raise AmbiguousError("trailers")

"""The pointer, `current.json`: which release is live, who made it so, and what was live before. Pure.

Each write carries a fresh nonce: compare-and-swap on an ETag lets two writers win when contents can repeat, and the
nonce is also how a publisher whose answer was lost finds out that its write arrived.
"""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from athenaeum.errors import IndexBrokenError, IndexFormatError
from athenaeum.index.document import read_document
from athenaeum.index.format import formats
from athenaeum.index.format.manifest import is_release_id

FORMAT = 1
_MOST_BYTES = 64 << 10
_MOST_HISTORY = 50
_MOST_TEXT = 500
HISTORY = 5
"""Entries kept in `history`."""
OWNERS = ("publisher", "stack")


@dataclass(frozen=True, slots=True)
class Entry:
    """A release that was live. `withdrawn` marks one that a rollback took back: it is never rolled back to unnamed."""

    release: str
    repository: str = ""
    commit: str = ""
    published_at: str = ""
    nonce: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Pointer:
    """`current.json`. `published_at` is UTC, ISO 8601 with a `Z`; `history` is newest first, without the live one.

    `readers` are the formats that the readers of this index read, as the last publisher that could ask learned it.
    """

    release: str
    repository: str = ""
    commit: str = ""
    published_at: str = ""
    nonce: str = ""
    owner: str = "publisher"
    history: tuple[Entry, ...] = ()
    readers: tuple[int, ...] = ()

    @property
    def previous(self) -> Entry | None:
        """What was live before and was not taken back."""
        return next((entry for entry in self.history if not entry.withdrawn), None)

    def releases(self) -> tuple[str, ...]:
        """The live release and those in the history: none of them may be pruned."""
        return (self.release, *(entry.release for entry in self.history))

    def has_seen(self, nonce: str) -> bool:
        """Whether the write with this nonce became live, now or before."""
        return nonce == self.nonce or any(nonce == entry.nonce for entry in self.history)

    def to_bytes(self) -> bytes:
        """The bytes of `current.json`."""
        data = {"format": FORMAT, **asdict(self)}
        data["history"] = [asdict(entry) for entry in self.history]
        data["readers"] = list(self.readers)
        if not self.readers:
            del data["readers"]
        return json.dumps(data, indent=1).encode("ascii") + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> "Pointer":
        """Read `current.json`; `IndexFormatError` for another format, `IndexBrokenError` for anything malformed."""
        try:
            fields = read_document(data, most=_MOST_BYTES)
            if isinstance(fields, dict) and fields.get("format") != FORMAT:
                raise IndexFormatError(
                    f"current.json has format {str(fields.get('format'))[:20]!r}; this version reads {FORMAT}.",
                    remedy="Use the version of athenaeum-deploy that published the index, or publish it again.",
                )
            return cls(
                release=_release(fields["release"]),
                owner=fields["owner"] if fields.get("owner") in OWNERS else "publisher",
                history=tuple(
                    Entry(
                        release=_release(entry["release"]), withdrawn=entry.get("withdrawn") is True, **_origin(entry)
                    )
                    for entry in fields.get("history", ())[:_MOST_HISTORY]
                ),
                readers=formats.checked(fields.get("readers")),
                **_origin(fields),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexBrokenError(
                "current.json cannot be read.", remedy="Publish the index again; the releases themselves are untouched."
            ) from error


def advance(
    old: Pointer | None,
    *,
    release: str,
    repository: str = "",
    commit: str = "",
    now: datetime | None = None,
    owner: str = "publisher",
    readers: tuple[int, ...] = (),
) -> Pointer:
    """The pointer that makes `release` live after `old`; the same release again moves only its commit on.

    `readers` replaces what the old pointer says of them, where something was learned.
    """
    history = () if old is None else old.history
    if old is not None and old.release != release:
        history = (_entry(old), *history)
    return Pointer(
        release=release,
        repository=repository,
        commit=commit,
        published_at=_stamp(now),
        nonce=secrets.token_hex(16),
        owner=owner,
        history=tuple(entry for entry in history if entry.release != release)[:HISTORY],
        readers=readers or (old.readers if old else ()),
    )


def go_back(old: Pointer, *, target: Entry, now: datetime | None = None, readers: tuple[int, ...] = ()) -> Pointer:
    """The pointer that makes `target` live again; what was live after it is marked withdrawn."""
    older_found = target.withdrawn
    history = []
    for entry in (_entry(old), *old.history):
        if entry.release == target.release:
            older_found = True
            continue
        history.append(entry if older_found else replace(entry, withdrawn=True))
    return Pointer(
        release=target.release,
        repository=target.repository,
        commit=target.commit,
        published_at=_stamp(now),
        nonce=secrets.token_hex(16),
        owner=old.owner,
        history=tuple(history[:HISTORY]),
        readers=readers or old.readers,
    )


def _entry(pointer: Pointer) -> Entry:
    return Entry(
        release=pointer.release,
        repository=pointer.repository,
        commit=pointer.commit,
        published_at=pointer.published_at,
        nonce=pointer.nonce,
    )


def _stamp(now: datetime | None) -> str:
    return (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _origin(fields: dict[str, Any]) -> dict[str, str]:
    return {name: _text(fields.get(name)) for name in ("repository", "commit", "published_at", "nonce")}


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    # These texts are shown on terminals and become part of links.
    if len(value) > _MOST_TEXT or not value.isprintable():
        raise ValueError("not a text of one line")
    return value


def _release(value: object) -> str:
    if not isinstance(value, str) or not is_release_id(value):
        raise ValueError("not a release id")
    return value

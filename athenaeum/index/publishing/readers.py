"""Whether those who read an index can read a release: asked before the pointer moves to it. Pure.

A reader that is told of a release it cannot read keeps what it has, and one that starts then has nothing: so it is the
publisher's part to know.
"""

from dataclasses import dataclass

from athenaeum.errors import IndexFormatError
from athenaeum.index.format import formats
from athenaeum.index.format.pointer import Pointer


@dataclass(frozen=True, slots=True)
class Readers:
    """The formats that the readers of an index read, and how that is known, such as `GET /health of URL`."""

    formats: tuple[int, ...]
    known_from: str


def check_readers(written: int, *, readers: Readers | None, live: Pointer | None) -> str:
    """`IndexFormatError` when the readers do not read the format `written`; else what could not be checked, or "".

    Without `readers`, what the pointer holds of them counts.
    """
    if readers is None and live is not None and live.readers:
        readers = Readers(live.readers, known_from="current.json, as a publisher before learned it")
    if readers is None:
        return (
            "Which formats the readers of this index read is not known here, and was not checked; "
            "--stack or --endpoint tells."
        )
    if written in readers.formats:
        return ""
    raise IndexFormatError(
        f"This release has format {written}, and what answers from the index reads {formats.spoken(readers.formats)} "
        f"({readers.known_from}). The pointer was not moved.",
        remedy="First deploy the stack with a version that reads it (mode `deploy` or `cdk deploy`), "
        "or publish with the version that is deployed.",
    )

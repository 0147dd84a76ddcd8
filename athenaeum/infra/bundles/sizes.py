"""The size budget: what AWS allows, and the table that shows where it goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from athenaeum.errors import SizeError

LIMIT = 262_144_000
"""Bytes that AWS allows for a function and all its layers, unzipped."""
ADAPTER = 10_000_000
"""Bytes reserved for the Lambda Web Adapter's layer, which is AWS's own and not ours to measure at synth.

The adapter's binary, built from its published crate, is 4.7 MB; the layer may hold more than the binary.
"""
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Share:
    """One line of the table: bytes unzipped and zipped; 0 zipped where it is not ours to upload."""

    name: str
    unzipped: int
    zipped: int = 0
    indent: int = 0


def total(shares: Sequence[Share]) -> int:
    """Unzipped bytes of the lines that are not details of another."""
    return sum(share.unzipped for share in shares if not share.indent)


def fits(shares: Sequence[Share]) -> bool:
    """Whether AWS would take all of them together."""
    return total(shares) <= LIMIT


def table(shares: Sequence[Share]) -> str:
    """The table as text: MiB unzipped and zipped, with the total and the limit."""
    zipped = sum(share.zipped for share in shares if not share.indent)
    rows = [
        (("  " * share.indent) + share.name, _mib(share.unzipped), _mib(share.zipped) if share.zipped else "")
        for share in shares
    ]
    rows += [("total", _mib(total(shares)), _mib(zipped)), ("AWS allows", _mib(LIMIT), "")]
    width = max(len(name) for name, _, _ in rows)
    lines = [f"{'MiB':<{width}}  {'unzipped':>8}  {'zipped':>8}"]
    lines += [f"{name:<{width}}  {unzipped:>8}  {packed:>8}".rstrip() for name, unzipped, packed in rows]
    return "\n".join(lines)


def check_total(shares: Sequence[Share]) -> None:
    """`SizeError` with the table when everything together is over the limit."""
    if not fits(shares):
        raise SizeError(
            f"Everything together is {total(shares):,} bytes unzipped; AWS allows {LIMIT:,}.\n{table(shares)}\n",
            remedy="Use a smaller encoder (or fp32 → int8), fewer packages in the layer, or leave out `layers`.",
        )


def _mib(size: int) -> str:
    return f"{size / _MIB:.1f}"

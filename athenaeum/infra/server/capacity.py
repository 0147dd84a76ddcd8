"""How large the function must be for an index: memory, time and room on disk. Pure.

The vectors and the text index lie on `/tmp` and are mapped, so memory has to hold what a query touches. A cold start
downloads the release, and a new release is unpacked beside the one that answers.
"""

from dataclasses import dataclass

_MIB = 1024 * 1024
TIERS = ((64, 1024, 60), (256, 2048, 90), (1024, 4096, 120))
"""Up to so many MiB of index: MB of memory, seconds of timeout."""
LARGEST = (8192, 180)
STORAGE_STEP, STORAGE_LIMIT = 512, 10_240
"""MiB: what AWS gives without charge, and the most there is."""
COPIES = 4
"""The packed and the unpacked files, of two releases."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """`memory` in MB, `timeout` in seconds, `storage` in MiB of `/tmp`."""

    memory: int = TIERS[0][1]
    timeout: int = TIERS[0][2]
    storage: int = STORAGE_STEP


def capacity_for(index_bytes: int) -> Capacity:
    """What an index of that many bytes, its encoder included, needs; 0 is an index nothing is known of."""
    mib = index_bytes / _MIB
    memory, timeout = next(((memory, seconds) for most, memory, seconds in TIERS if mib <= most), LARGEST)
    steps = -(-int(mib * COPIES) // STORAGE_STEP)
    return Capacity(memory, timeout, min(max(1, steps) * STORAGE_STEP, STORAGE_LIMIT))

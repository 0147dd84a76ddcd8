"""What CDK's bucket deployments do: zips from the asset bucket, unpacked into a bucket. moto cannot run their function.

As CloudFormation does, a deployment runs again only when its properties change. Objects are added and replaced, never
removed (the index relies on that: `prune=False`).
"""

import fnmatch
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Protocol

from athenaeum.local_aws.template.read import Copy


class Put(Protocol):
    """Writes one object."""

    def __call__(self, bucket: str, key: str, data: bytes) -> None: ...


def perform(copy: Copy, *, fetch: Callable[[str, str], bytes], put: Put) -> int:
    """Copy what `copy` names; the number of objects written. KeyError when a source is not there."""
    written = 0
    for source in copy.sources:
        for name, data in _members(fetch(source.bucket, source.key)):
            if _included(name, copy):
                put(copy.bucket, f"{copy.prefix}/{name}" if copy.prefix else name, data)
                written += 1
    return written


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield entry.filename, archive.read(entry)


def _included(name: str, copy: Copy) -> bool:
    """`aws s3 sync` rules: exclusions first, inclusions bring back."""
    excluded = any(fnmatch.fnmatch(name, pattern) for pattern in copy.exclude)
    return not excluded or any(fnmatch.fnmatch(name, pattern) for pattern in copy.include)

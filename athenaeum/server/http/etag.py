"""Tags of answers, so that one that has not changed costs a client no second copy."""

import hashlib


def tag_of(*parts: bytes | str) -> str:
    """An ETag for what `parts` say together."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "replace")
        digest.update(len(data).to_bytes(8, "big") + data)
    return f'"{digest.hexdigest()[:32]}"'


def matches(header: str, tag: str) -> bool:
    """Whether the header If-None-Match names the tag."""
    return header.strip() == "*" or tag in {part.strip().removeprefix("W/") for part in header.split(",")}

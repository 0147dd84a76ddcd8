"""What the reader of a configuration file hands back, and the few things all readers do alike."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athenaeum.documents.sites.rules import Rules

_BIGGEST = 2_000_000
_PLACEHOLDER = re.compile(
    r"https?://(?:[^/]*\.)?(?:example\.(?:com|org|net)|your-docusaurus[^/]*|localhost|127\.[^/]*)(?:[:/]|$)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A site that a configuration file describes.

    `folder` is what content paths are relative to, `contents` are the folders that hold pages; all are absolute.
    """

    rules: Rules
    folder: Path
    contents: tuple[Path, ...]
    url: str = ""
    name: str = ""
    notices: tuple[str, ...] = ()


def absolute(path: Path) -> Path:
    """`path` from the file system's root, without `..`; links keep the names they were given by."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)


def read_text(file: Path) -> str:
    """The text of a configuration file; "" for one that cannot be read or is far too big to be one."""
    try:
        if not file.is_file() or file.stat().st_size > _BIGGEST:
            return ""
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def text_of(value: Any) -> str:
    """`value` when it is a string, else ""."""
    return value.strip() if isinstance(value, str) else ""


def mapping_of(value: Any) -> dict[str, Any]:
    """`value` when it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def site_address(url: Any, base: Any, *folders: Path) -> str:
    """The site's address with its base path and a last slash; "" when it is not set or is an example's.

    A CNAME file in one of `folders`, which GitHub Pages reads, names the host when the configuration does not.
    """
    address = text_of(url)
    if not address.startswith(("http://", "https://")) or _PLACEHOLDER.match(address):
        hosts = [read_text(folder / "CNAME").strip() for folder in folders]
        host = next((host for host in hosts if re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,}", host)), "")
        if not host:
            return ""
        address = f"https://{host}"
    path = text_of(base).strip("/")
    address = address.rstrip("/")
    return f"{address}/{path}/" if path and not address.endswith(f"/{path}") else f"{address}/"

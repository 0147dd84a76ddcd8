"""What the reader of a configuration file hands back, and the few things all readers do alike."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from athenaeum.documents.find.ignoring import repository_of
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


def read_text(file: Path, *, config: Path | None = None) -> str:
    """The text of a configuration file; "" for one that cannot be read or is far too big to be one.

    `config` is the configuration that names it, if another does: what lies outside of its repository, or is hidden
    there, is not read.
    """
    try:
        if not file.is_file() or file.stat().st_size > _BIGGEST or not _inside(file, config or file):
            return ""
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError, RuntimeError):
        return ""


def _inside(file: Path, config: Path) -> bool:
    repository = repository_of(absolute(config))
    if repository is None:
        return file == config or not file.is_symlink()
    real, border = file.resolve(), repository.resolve()
    # VitePress keeps its own configuration in a hidden folder.
    return real.is_relative_to(border) and not any(
        part.startswith(".") and part != ".vitepress" for part in real.relative_to(border).parts
    )


def is_address(text: str) -> bool:
    """Whether it is the whole address of a web page, one that can be taken apart."""
    try:
        return text.startswith(("http://", "https://")) and bool(urlsplit(text).netloc)
    except ValueError:
        return False


def text_of(value: Any) -> str:
    """`value` when it is a string, else ""."""
    return value.strip() if isinstance(value, str) else ""


def mapping_of(value: Any) -> dict[str, Any]:
    """`value` when it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """`value` when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def site_address(url: Any, base: Any, *folders: Path, config: Path) -> str:
    """The site's address with its base path and a last slash; "" when it is not set, no address or an example's.

    A CNAME file in one of `folders`, which GitHub Pages reads, names the host when `config`, the configuration's own
    file, does not.
    """
    address = text_of(url)
    if not is_address(address) or _PLACEHOLDER.match(address):
        hosts = [read_text(folder / "CNAME", config=config).strip() for folder in folders]
        host = next((host for host in hosts if re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,}", host)), "")
        if not host:
            return ""
        address = f"https://{host}"
    path = text_of(base).strip("/")
    address = address.rstrip("/")
    return f"{address}/{path}/" if path and not address.endswith(f"/{path}") else f"{address}/"

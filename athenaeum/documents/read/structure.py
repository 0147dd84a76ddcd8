"""Which reader tells the lines of a page apart: by the kind of its file."""

from pathlib import PurePosixPath

from athenaeum.documents.read.blocks import Blocks, scan_blocks
from athenaeum.documents.read.rst import scan_rst

PLAIN, RST, MDX, NOTEBOOK = ".txt", ".rst", ".mdx", ".ipynb"


def kind_of(path: str) -> str:
    """The suffix of a page path, in lower case; ".md" when there is none that is known better."""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if suffix in {PLAIN, RST, MDX, NOTEBOOK} else ".md"


def scan(lines: list[str], path: str, *, mdx: bool = False) -> Blocks:
    """The block structure of a cleaned page. `mdx` says that a page is MDX whatever its suffix."""
    kind = kind_of(path)
    if kind == PLAIN:
        return Blocks()
    if kind == RST:
        return scan_rst(lines)
    return scan_blocks(lines, mdx=mdx or kind == MDX)

"""The commands of a page of the documentation, as a reader copies them: block for block, in the order they stand."""

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_INSTALLS = re.compile(r"^(python -m venv|(\S*/)?pip install|npm install|git clone)\b")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page. `text` is without the fence."""

    language: str
    text: str

    @property
    def commands(self) -> str:
        """Without the lines that only install: a test has all of it already, and no network."""
        lines = self.text.splitlines()
        return "\n".join(line for line in lines if not _INSTALLS.match(line)) + "\n"


def blocks(page: Path, heading: str = "") -> list[Block]:
    """The blocks of a page, or of what stands under one of its headings up to the next of its level."""
    text = page.read_text(encoding="utf-8")
    if heading:
        level = heading.split(" ", 1)[0]
        after = re.split(rf"^{re.escape(heading)}$", text, flags=re.MULTILINE)
        assert len(after) == 2, f"{page} has no heading {heading!r}"
        text = re.split(rf"^#{{1,{len(level)}}} ", after[1], maxsplit=1, flags=re.MULTILINE)[0]
    return [Block(found[2], found[3]) for found in _FENCE.finditer(text)]

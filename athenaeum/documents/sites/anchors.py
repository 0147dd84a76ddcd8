"""Gives the headings of one page their anchors, in order, with each generator's way of telling duplicates apart."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Anchors:
    """Anchors of one page. Call `heading` once for each heading, from the top of the page down.

    `slug` turns a heading's Markdown source into an anchor, `unique` makes it differ from those in `used`, and
    `explicit` splits off an id that the author wrote. `reserves` says whether a written id keeps later headings from
    getting the same one.
    """

    slug: Callable[[str], str]
    unique: Callable[[str, dict[str, int]], str]
    explicit: Callable[[str], tuple[str, str]]
    reserves: bool = True
    used: dict[str, int] = field(default_factory=dict)

    def heading(self, raw: str) -> tuple[str, str]:
        """The heading's source without its id, and its anchor."""
        text, identifier = self.explicit(raw)
        return text, self(text, identifier)

    def __call__(self, text: str, identifier: str = "") -> str:
        """The anchor of a heading whose written id, if any, was split off already."""
        if identifier:
            if self.reserves:
                self.used.setdefault(identifier, 0)
            return identifier
        return self.unique(self.slug(text), self.used)

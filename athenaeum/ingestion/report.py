"""What a build tells about itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from athenaeum.documents.links.links import BrokenLink


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the owner of a page can act on; `line` is 0 where it is about the whole file."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """One build. Paths are page paths; `renamed` pairs old and new.

    `embedded` and `reused` count texts. `reasons` say why the previous release could not serve as a cache, `seconds`
    what each phase took. `unchanged` means that nothing was written but, where it differs, the pointer's commit.
    `broken_links`, and `routes`, the addresses of each page by its path, are there when they were asked for; `left`
    names docs folders that the index held before and that this build was not given.
    """

    release: str
    pages: int
    chunks: int
    vectors: int
    model: str
    precision: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    embedded: int = 0
    reused: int = 0
    unchanged: bool = False
    notices: tuple[Notice, ...] = ()
    reasons: tuple[str, ...] = ()
    broken_links: tuple[BrokenLink, ...] = ()
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def changed_pages(self) -> int:
        """How many pages were added, changed, removed or renamed."""
        return len(self.added) + len(self.changed) + len(self.removed) + len(self.renamed)

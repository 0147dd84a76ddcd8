"""What changed between two sets of pages. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Page paths, each in one place and in order. `renamed` pairs the old path with the new one."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    unchanged: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many pages are not as they were."""
        return len(self.added) + len(self.changed) + len(self.removed) + len(self.renamed)


def plan_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Plan:
    """Compare two mappings of page path to content digest.

    A page that left and one that came with the same content are one renamed page; where several share the content they
    are paired in order.
    """
    gone = sorted(before.keys() - after.keys())
    came: dict[str, list[str]] = defaultdict(list)
    for path in sorted(after.keys() - before.keys(), reverse=True):
        came[after[path]].append(path)
    renamed = [(path, came[before[path]].pop()) for path in gone if came.get(before[path])]
    left = {old for old, _ in renamed}
    return Plan(
        added=tuple(sorted(path for paths in came.values() for path in paths)),
        changed=tuple(sorted(path for path in before.keys() & after.keys() if before[path] != after[path])),
        removed=tuple(path for path in gone if path not in left),
        renamed=tuple(renamed),
        unchanged=tuple(sorted(path for path in before.keys() & after.keys() if before[path] == after[path])),
    )

"""What a glob means to the owner of a docs folder: .gitignore's rules, with braces.

A name without a slash matches at any depth, `**/` any folders, a trailing slash folders only, a folder stands for all
that is in it, a leading slash or one in the middle anchors the pattern, `!` takes back, the last match counts.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from athenaeum.documents.find.glob_patterns import compile_pattern
from athenaeum.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_BRACES = re.compile(r"\{([^{},]*+,[^{}]*+)\}")
_MOST_ALTERNATIVES = 200


def compile_globs(patterns: Iterable[str]) -> "GitIgnoreSpec":
    """The patterns as one matcher of POSIX paths; `ConfigError` for one that has no meaning."""
    try:
        from pathspec import GitIgnoreSpec
    except ImportError as error:
        raise MissingExtraError(
            "Finding pages needs pathspec.", remedy='Install it with: pip install "athenaeum-deploy[index]"'
        ) from error
    lines = [line for pattern in patterns for line in _expand(pattern.strip().removeprefix("./"))]
    compiled: list[Any] = []
    for line in lines:
        try:
            compiled.append(compile_pattern(line))
        except ValueError as error:
            raise ConfigError(f"The pattern {line!r} is not a glob.", remedy="Write it as in .gitignore.") from error
    return GitIgnoreSpec(compiled)


def matches_any(spec: "GitIgnoreSpec", paths: Iterable[str]) -> bool:
    """Whether a file that is known by several paths matches: the last pattern that says something of one counts."""
    said = [(found.index or 0, found.include) for found in map(spec.check_file, paths) if found.include is not None]
    return bool(max(said)[1]) if said else False


def matching_globs(patterns: Sequence[str], path: str) -> tuple[str, ...]:
    """Those of `patterns` that match a page path, in their order (for weights and chunking by pattern)."""
    return tuple(pattern for pattern in patterns if _compiled(pattern).match_file(path))


@cache
def _compiled(pattern: str) -> "GitIgnoreSpec":
    return compile_globs([pattern])


def _expand(pattern: str) -> list[str]:
    done: list[str] = []
    todo = [pattern]
    while todo:
        current = todo.pop()
        found = _BRACES.search(current)
        if not found:
            done.append(current)
            continue
        if len(done) + len(todo) > _MOST_ALTERNATIVES:
            raise ConfigError(f"The pattern {pattern!r} has too many alternatives.", remedy="Write several patterns.")
        parts = found[1].split(",")
        todo.extend(current[: found.start()] + part + current[found.end() :] for part in reversed(parts))
    return done

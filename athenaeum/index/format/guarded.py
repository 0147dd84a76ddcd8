"""Bounds on reading a SQLite file that anyone may have written: what a connection may do, and how much of it."""

import sqlite3


class Work:
    """Ends a statement that does more than these many rows can need. Cyclic pages of a file would never end."""

    OPERATIONS = 10_000
    """Steps of SQLite's machine between two looks at the bound."""

    def __init__(self) -> None:
        self.rows = 1000
        self._done = 0

    def begin(self) -> None:
        """The next statement begins."""
        self._done = 0

    def __call__(self) -> bool:
        """Whether the statement is ended."""
        self._done += self.OPERATIONS
        return self._done > 1_000_000 + 100 * self.rows


def guard(base: sqlite3.Connection, *, size: int, longest: int) -> Work:
    """Take from a connection all that reading plain tables does not need; `size` is the file's, in bytes.

    No value is longer than the file, nor than `longest`.
    """
    for limit, value in (
        # A little more, so that the limit of a small file holds the statements.
        (sqlite3.SQLITE_LIMIT_LENGTH, min(size, longest) + 10_000),
        (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 10_000),
        (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 10),
        (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 1),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    ):
        base.setlimit(limit, value)
    work = Work()
    base.set_progress_handler(work, Work.OPERATIONS)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON", "mmap_size=0"):
        base.execute(f"PRAGMA {pragma}")
    if hasattr(base, "setconfig"):
        base.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        base.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)
        base.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
    return work

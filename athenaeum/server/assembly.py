"""Puts the parts of a server together from its settings: the one place that chooses what is real."""

from athenaeum.server.answers import Answers
from athenaeum.server.library import Library, Searcher
from athenaeum.server.logs import Log
from athenaeum.server.parts import Parts
from athenaeum.server.source import Brought, Source, source_of
from athenaeum.settings import ServerSettings


def assemble(settings: ServerSettings, *, on_lambda: bool = False, source: Source | None = None) -> Parts:
    """The parts of a server with these settings. `on_lambda` means: behind API Gateway, frozen between requests."""
    library = Library(source=source or source_of(settings), opener=_open, every=settings.refresh_seconds)
    return Parts(
        settings=settings,
        library=library,
        answers=Answers(library=library, freezes=on_lambda),
        log=Log(queries=settings.log_queries),
        behind_gateway=on_lambda,
    )


def _open(brought: Brought) -> Searcher:
    # Late: this is most of what a cold start imports, and it runs in the index's own thread.
    from athenaeum.retrieval.searcher import open_searcher

    return open_searcher(brought.folder, release=brought.pointer.release)

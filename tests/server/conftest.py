"""What the server's tests share: a small index, a source to publish releases to, and a real server on a free port."""

import io
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn

from athenaeum.config import Config
from athenaeum.index.format.manifest import Manifest, release_id
from athenaeum.index.format.pages import PageStore, open_pages, page_order, write_pages
from athenaeum.index.format.pointer import Pointer
from athenaeum.ingestion.pipeline import build
from athenaeum.records import Chunk, Hit, Page, Section
from athenaeum.server.app import create_app
from athenaeum.server.assembly import open_chat
from athenaeum.server.dependencies import Parts
from athenaeum.server.http.tokens import TokenVerifier
from athenaeum.server.live.answers import Answers
from athenaeum.server.live.library import Library
from athenaeum.server.live.source import Brought
from athenaeum.server.log.log import Log
from athenaeum.settings import ServerSettings

sys.path.insert(0, str(Path(__file__).parent))
from llm_server import Llm, run_llm
from processes import write_docs

SITE = "https://docs.example.org/"
REPOSITORY = "acme/docs"
COMMIT = "1" * 40

PAGES: dict[str, str] = {
    "index.md": "# Acme\n\nAcme turns ideas into rockets.\n\n## Install\n\nRun `pip install acme` to install it.\n",
    "guide/launch.md": (
        "# Launch\n\nA launch needs a pad.\n\n## Countdown\n\nThe countdown starts at ten:\n\n"
        "```python\nfor second in range(10, 0, -1):\n    print(second)\n```\n\n"
        "## Abort\n\nPress the red button to abort.\n"
    ),
    "guide/übersicht.md": "# Übersicht\n\nDie Rakete fliegt zum Mond. ロケット 🚀\n",
    "reference/api.md": "# API\n\n## launch()\n\nCall `launch(pad)` to start a launch.\n",
}


def make_page(path: str, text: str) -> tuple[Page, list[Chunk]]:
    """A page and one chunk for each heading of `text`."""
    starts = [match.start() for match in re.finditer(r"^#+ ", text, re.M)] or [0]
    lines = text.split("\n")
    title = lines[0].lstrip("# ") or path
    sections, chunks, trail = [], [], []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True)):
        first = text.count("\n", 0, start) + 1
        last = text.count("\n", 0, max(start, end - 1)) + 1
        heading = text[start:end].split("\n", 1)[0]
        level = len(heading) - len(heading.lstrip("#"))
        trail = [*trail[: level - 1], heading.lstrip("# ")]
        anchor = re.sub(r"\W+", "-", trail[-1].lower()).strip("-")
        sections.append(Section(tuple(trail), level, anchor, start, end, first, last))
        chunks.append(
            Chunk(
                id=f"{path}#{number}",
                path=path,
                ordinal=number,
                title=title,
                headings=tuple(trail),
                anchor=anchor,
                start=start,
                end=end,
                start_line=first,
                end_line=last,
                text=text[start:end],
            )
        )
    page = Page(
        path=path,
        source_path=f"docs/{path}",
        title=title,
        description="",
        text=text,
        lines=tuple(range(1, len(lines) + 1)),
        sections=tuple(sections),
        url=SITE + path.removesuffix(".md") + "/",
        digest=f"{hash(text) & 0xFFFFFFFF:064x}",
    )
    return page, chunks


class WordSearcher:
    """A searcher over a real page store that ranks by shared words: no model, the same answers every time."""

    def __init__(self, pages: PageStore, manifest: Manifest) -> None:
        self.pages = pages
        self.manifest = manifest
        self.closed = False
        self.queries: list[str] = []
        self.delay = 0.0

    def search(self, query: str, *, limit: int = 5, path_prefix: str = "") -> Sequence[Hit]:
        assert not self.closed, "searched after it was closed"
        self.queries.append(query)
        if self.delay:
            time.sleep(self.delay)
        words = set(re.findall(r"\w+", query.lower()))
        found = []
        for chunk in self.pages.chunks(self.pages.ordinals_under(path_prefix)):
            shared = words & set(re.findall(r"\w+", chunk.text.lower()))
            if shared:
                found.append((len(shared) / (len(words) or 1), chunk))
        found.sort(key=lambda pair: (-pair[0], pair[1].path, pair[1].ordinal))
        return [self._hit(score, chunk) for score, chunk in found[:limit]]

    def close(self) -> None:
        self.closed = True
        self.pages.close()

    def _hit(self, score: float, chunk: Chunk) -> Hit:
        page = self.pages.page(chunk.path)
        assert page is not None
        return Hit(
            id=chunk.id,
            title=chunk.title,
            headings=chunk.headings,
            content=chunk.text,
            path=chunk.path,
            start_line=chunk.start_line,
            end_line=chunk.end_line,
            url=f"{page.url}#{chunk.anchor}",
            permalink=f"https://github.com/{REPOSITORY}/blob/{COMMIT}/docs/{chunk.path}#L{chunk.start_line}-L{chunk.end_line}",
            score=score,
        )


@dataclass
class Shelf:
    """A source that releases are published to by the test; records what it was asked and can be made to fail."""

    root: Path
    pointer: Pointer | None = None
    version: int = 0
    failure: Exception | None = None
    bring_failure: Exception | None = None
    bring_seconds: float = 0.0
    looks: int = 0
    done: list[str] = field(default_factory=list)
    searchers: dict[str, WordSearcher] = field(default_factory=dict)

    def publish(
        self,
        pages: dict[str, str],
        *,
        commit: str = COMMIT,
        before: Callable[[str, str], object] | None = None,
        mark: str = "",
    ) -> str:
        """Make these pages live; the release's id. `before(id, mark)` is called just before they are."""
        made = sorted(
            (make_page(path, text) for path, text in pages.items()), key=lambda pair: page_order(pair[0].path)
        )
        manifest = Manifest(
            inputs_digest=f"{hash(tuple(sorted(pages.items()))) & 0xFFFFFFFFFFFF:x}",
            embedding={"name": "test-encoder", "digest": "0" * 20},
            files={},
            pages=len(made),
            chunks=sum(len(chunks) for _, chunks in made),
            vectors=0,
            site={"name": "Acme Docs", "url": SITE, "dialect": "plain"},
            builder="test",
        )
        release = release_id(manifest)
        file = self.root / f"{release}.sqlite"
        if not file.exists():
            write_pages(file, [page for page, _ in made], [chunk for _, chunks in made for chunk in chunks])
        self.searchers[release] = WordSearcher(open_pages(file), manifest)
        if before:
            before(release, mark)
        self.version += 1
        self.pointer = Pointer(
            release=release, repository=REPOSITORY, commit=commit, published_at="2026-01-02T03:04:05Z"
        )
        return release

    def look(self, etag: str) -> tuple[str, Pointer] | None:
        self.looks += 1
        if self.failure:
            raise self.failure
        assert self.pointer is not None
        return None if etag == str(self.version) else (str(self.version), self.pointer)

    def bring(self, *, keep: Collection[str]) -> Brought:
        if self.failure or self.bring_failure:
            raise self.failure or self.bring_failure  # type: ignore[misc]
        time.sleep(self.bring_seconds)
        assert self.pointer is not None
        return Brought(folder=self.root, pointer=self.pointer, etag=str(self.version), verified=True)

    def open(self, brought: Brought) -> WordSearcher:
        return self.searchers[brought.pointer.release]

    def release_done(self, release: str) -> None:
        self.done.append(release)


@dataclass
class Running:
    """A server that listens: its address, its parts, and the lines it logged."""

    url: str
    parts: Parts
    shelf: Shelf
    log: io.StringIO
    client: httpx.Client

    def lines(self, at_least: int = 1) -> list[dict[str, object]]:
        # A request's line is written after its answer has been sent.
        deadline = time.monotonic() + 20
        while self.log.getvalue().count("\n") < at_least and time.monotonic() < deadline:
            time.sleep(0.01)
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three pages with the real default encoder."""
    docs = write_docs(
        tmp_path_factory.mktemp("docs with a space"),
        {
            "index.md": "# Acme\n\nAcme makes rockets.\n\n## Install\n\nRun `pip install acme` to install it.\n",
            "guide/launch.md": "# Launch\n\nIt needs a pad.\n\n## Abort\n\nPress the red button to abort a launch.\n",
            "guide/fuel.md": "# Fuel\n\nRockets burn methane with liquid oxygen.\n",
        },
    )
    output = tmp_path_factory.mktemp("index")
    build([docs], output=output, config=Config(), repository="acme/docs", commit="a" * 40)
    return output


@pytest.fixture
def llm() -> Iterator[Llm]:
    """A running language-model server."""
    with run_llm() as made:
        yield made


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A source with one small release."""
    made = Shelf(root=tmp_path)
    made.publish(PAGES)
    return made


@pytest.fixture
def serve(shelf: Shelf) -> Iterator[Callable[..., Running]]:
    """`serve(settings...)` starts a real server over `shelf` and gives it running."""
    stops: list[Callable[[], None]] = []

    def start(
        settings: ServerSettings | None = None,
        *,
        every: float = 0.0,
        on_lambda: bool = False,
        verifier: TokenVerifier | None = None,
        root_path: str = "",
    ) -> Running:
        log = io.StringIO()
        chosen = settings or ServerSettings()
        library = Library(source=shelf, opener=shelf.open, every=every)
        parts = Parts(
            settings=chosen,
            library=library,
            answers=Answers(library=library, freezes=on_lambda),
            log=Log(stream=log, queries=chosen.log_queries),
            open_chat=lambda: open_chat(chosen),
            behind_gateway=on_lambda,
            verifier=verifier,
        )
        url, stop = run_app(create_app(parts), root_path=root_path)
        client = httpx.Client(base_url=url, timeout=30)
        stops.extend([stop, client.close])
        return Running(url=url, parts=parts, shelf=shelf, log=log, client=client)

    yield start
    for stop in reversed(stops):
        stop()


def run_app(app: object, *, root_path: str = "") -> tuple[str, Callable[[], None]]:
    """Run an ASGI app under uvicorn in a thread; its address, and what ends it."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            host="127.0.0.1",
            port=0,
            root_path=root_path,
            log_config=None,
            access_log=False,
            lifespan="on",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server is slow to start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    def stop() -> None:
        server.should_exit = True
        thread.join(timeout=10)

    return f"http://127.0.0.1:{port}", stop

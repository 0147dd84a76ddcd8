"""Indexes to publish, and a real S3 API (moto's server) to publish to."""

import hashlib
import json
import logging
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import StoreError
from athenaeum.index import layout
from athenaeum.index.atomic import staging
from athenaeum.index.format.encoders import install_encoder
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pages import page_order, write_pages
from athenaeum.index.release import Release, commit_release, kept_manifests
from athenaeum.index.store.objects import Store
from athenaeum.index.store.s3 import open_store
from athenaeum.records import Chunk, Page, Section

DIGEST = "ab12cd34ef56ab78"


def make_page(path: str, text: str, **fields: object) -> Page:
    """A page of one section, whose source had four lines of front matter."""
    count = text.count("\n") + 1
    section = Section(("Top",), 1, "top", 0, len(text), 5, 4 + count)
    values: dict[str, object] = {
        "path": path,
        "source_path": f"docs/{path}",
        "title": f"Title of {path}",
        "description": "",
        "text": text,
        "lines": tuple(range(5, 5 + count)),
        "sections": (section,),
        "digest": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    }
    return Page(**(values | fields))  # type: ignore[arg-type]


def make_chunks(page: Page, size: int = 60) -> list[Chunk]:
    """The page's text cut every `size` characters."""
    return [
        Chunk(
            id=hashlib.sha256(f"{page.path}{start}".encode()).hexdigest()[:16],
            path=page.path,
            ordinal=number,
            title=page.title,
            headings=("Top", f"Part {number}"),
            anchor=f"part-{number}",
            start=start,
            end=min(start + size, len(page.text)),
            start_line=5,
            end_line=5 + number,
            text=page.text[start : start + size],
        )
        for number, start in enumerate(range(0, len(page.text), size))
    ]


def make_encoder(folder: Path, *, digest: str = DIGEST, export: bytes = b"one export") -> Path:
    """An encoder folder; two exports of one digest differ in their model file."""
    made = folder / digest
    made.mkdir(parents=True, exist_ok=True)
    (made / "model.onnx").write_bytes(export * 2000)
    (made / "tokenizer.json").write_text("{}")
    files = {
        name: {
            "sha256": hashlib.sha256((made / name).read_bytes()).hexdigest(),
            "size": (made / name).stat().st_size,
        }
        for name in ("model.onnx", "tokenizer.json")
    }
    (made / "encoder.json").write_text(json.dumps({"digest": digest, "files": files}))
    return made


def build(
    index_dir: Path,
    texts: dict[str, str],
    *,
    commit: str = "",
    digest: str = DIGEST,
    export: bytes = b"one export",
    vectors: bytes | None = None,
    dimension: int = 4,
    repository: str = "team/docs",
    pinned: bool = True,
) -> Release:
    """Write a release of these pages and make it live in the folder; equal texts give the same release.

    One that is not `pinned` is as versions before 0.2 wrote it: it does not name its encoder's files.
    """
    pages = [make_page(path, text) for path, text in sorted(texts.items(), key=lambda item: page_order(item[0]))]
    chunks = [chunk for page in pages for chunk in make_chunks(page)]
    inputs = hashlib.sha256(json.dumps([digest, sorted(texts.items())]).encode()).hexdigest()
    made = make_encoder(index_dir.parent / "cache", digest=digest, export=export)
    _, encoder_files = install_encoder(index_dir, made, kept=kept_manifests(index_dir).values())
    with staging(index_dir, "build") as staged:
        write_pages(staged / layout.PAGES, pages, chunks)
        (staged / layout.LEXICAL).mkdir()
        (staged / layout.LEXICAL / "terms").write_bytes(inputs.encode() * 50)
        (staged / layout.VECTORS).write_bytes(vectors if vectors is not None else inputs.encode() * 100)
        return commit_release(
            index_dir,
            staged,
            Manifest(
                inputs_digest=inputs,
                embedding={"digest": digest, "dimension": dimension},
                files={},
                pages=len(pages),
                chunks=len(chunks),
                vectors=len(chunks),
                docs=("docs",),
                builder="0",
                encoder_files=encoder_files if pinned else {},
            ),
            repository=repository,
            commit=commit,
        )


def some_pages(count: int = 4, *, mark: str = "") -> dict[str, str]:
    """Texts of `count` pages; another `mark` gives other contents."""
    return {f"guide/page-{n}.md": f"# Page {n}\n\n" + f"{mark} words of page {n}. " * 20 for n in range(count)}


@pytest.fixture
def page() -> Callable[..., Page]:
    """`page(path, text, **fields)` makes one page."""
    return make_page


@pytest.fixture
def chunks_of() -> Callable[..., list[Chunk]]:
    """`chunks_of(page, size=60)` cuts it."""
    return make_chunks


@pytest.fixture
def texts() -> Callable[..., dict[str, str]]:
    """`texts(count, mark="")` gives that many pages' texts."""
    return some_pages


@pytest.fixture
def encoder() -> Callable[..., Path]:
    """`encoder(folder, digest=…, export=…)` makes an encoder's folder."""
    return make_encoder


@pytest.fixture
def index(tmp_path: Path) -> Callable[..., Path]:
    """`index("name", texts, commit=…)` builds a release in a folder of that name and gives the folder."""

    def make(name: str, texts: dict[str, str] | None = None, **options: object) -> Path:
        folder = tmp_path / name / "index"
        build(folder, some_pages() if texts is None else texts, **options)  # type: ignore[arg-type]
        return folder

    return make


@pytest.fixture
def small_files() -> Callable[[int], AbstractContextManager[None]]:
    """`with small_files(n):` no file of this process can grow beyond n bytes, as on a full disk."""

    @contextmanager
    def limited(size: int) -> Iterator[None]:
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
            signal.signal(signal.SIGXFSZ, handler)

    return limited


class AtomicPuts:
    """Lets one conditional PUT at a time through to moto, which looks and then writes; S3 does both in one step."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app, self.lock = app, threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"} & set(environ) or environ["REQUEST_METHOD"] != "PUT":
            return self.app(environ, start_response)
        with self.lock:
            return list(self.app(environ, start_response))


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of an emulated S3 that this test process runs."""
    moto = pytest.importorskip("moto.moto_server.werkzeug_app")
    serving = pytest.importorskip("werkzeug.serving")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = AtomicPuts(moto.DomainDispatcherApplication(moto.create_backend_app))
    server = serving.make_server("127.0.0.1", 0, app, threaded=True, request_handler=moto.MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def s3_environ(s3_endpoint: str) -> dict[str, str]:
    """The environment that reaches the emulated S3."""
    return {
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing-secret",
        "AWS_REGION": "us-east-1",
    }


def make_bucket(endpoint: str) -> str:
    """Create a bucket of the emulated S3 and give its name."""
    import httpx

    name = f"index-{os.urandom(6).hex()}"
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request"}
    httpx.put(f"{endpoint}/{name}", headers=signed).raise_for_status()
    return name


@pytest.fixture
def bucket(s3_endpoint: str) -> str:
    """A new bucket of the emulated S3."""
    return make_bucket(s3_endpoint)


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store, of both kinds in turn; the folder's path has a space."""
    if request.param == "folder":
        return open_store(tmp_path / "a store" / "index")
    bucket = make_bucket(request.getfixturevalue("s3_endpoint"))
    return open_store(f"s3://{bucket}/index/", environ=request.getfixturevalue("s3_environ"))


class Meddling:
    """A store where something happens just before the pointer is written, or after, with the answer lost."""

    def __init__(self, store: Store, *, before: Callable[[], object] = lambda: None, lose_answer: bool = False) -> None:
        self.store, self.before, self.lose_answer = store, before, lose_answer

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
        if key != "current.json":
            return self.store.put_if(key, data, etag=etag)
        before, self.before = self.before, lambda: None
        before()
        done = self.store.put_if(key, data, etag=etag)
        if self.lose_answer:
            self.lose_answer = False
            raise StoreError("The answer was lost.")
        return done


@pytest.fixture
def meddling() -> type[Meddling]:
    """The class, to be used as it is or as a base."""
    return Meddling

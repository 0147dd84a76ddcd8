"""Folders and buckets behave alike, and say what is wrong without saying a secret."""

import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from athenaeum.errors import AthenaeumError, BusyError, CredentialsError, DiskError, StoreError, UsageError
from athenaeum.index.atomic import locked, staging
from athenaeum.index.store.folder import FolderStore
from athenaeum.index.store.objects import Store
from athenaeum.index.store.s3 import open_store


def test_what_is_put_is_got_listed_hashed_and_deleted(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"from a file" * 1000)
    store.put("releases/x/a file.bin", source)
    store.put("releases/y/b", b"")
    store.put("current.json", b"{}")
    blob = store.get("releases/x/a file.bin")
    assert blob is not None
    assert blob.data == source.read_bytes()
    assert sorted((found.key, found.size) for found in store.list("releases/")) == [
        ("releases/x/a file.bin", 11000),
        ("releases/y/b", 0),
    ]
    assert {found.key for found in store.list("")} == {"current.json", "releases/x/a file.bin", "releases/y/b"}
    digest, copy = (
        store.digest("releases/x/a file.bin", size=10**7),
        store.download("releases/x/a file.bin", tmp_path / "copy", size=10**7),
    )
    assert digest == copy
    assert digest is not None
    assert digest.etag == blob.etag
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()
    store.delete(["releases/x/a file.bin", "releases/absent"])
    assert [found.key for found in store.list("releases/")] == ["releases/y/b"]


def test_absent_objects_are_none(store: Store, tmp_path: Path) -> None:
    assert store.get("nothing") is None
    assert store.digest("nothing", size=9) is None
    assert store.download("nothing", tmp_path / "copy", size=9) is None
    assert list(store.list("releases/")) == []
    store.delete(["nothing"])


def test_a_conditional_write_succeeds_only_on_the_version_it_names(store: Store) -> None:
    first = store.put_if("current.json", b"1", etag="")
    assert first
    assert store.put_if("current.json", b"2", etag="") is None
    second = store.put_if("current.json", b"2", etag=first)
    assert second
    assert store.put_if("current.json", b"3", etag=first) is None
    blob = store.get("current.json")
    assert blob is not None
    assert (blob.data, blob.etag) == (b"2", second)
    store.delete(["current.json"])
    assert store.put_if("current.json", b"4", etag=second) is None


def test_an_unchanged_object_is_not_read_again(store: Store) -> None:
    tag = store.put_if("current.json", b"1", etag="")
    assert tag
    assert store.get_if_changed("current.json", tag) is None
    changed = store.get_if_changed("current.json", "")
    assert changed is not None
    assert changed.etag == tag
    store.put("current.json", b"2")
    again = store.get_if_changed("current.json", tag)
    assert again is not None
    assert again.data == b"2"
    gone = store.get_if_changed("absent", tag)
    assert gone is not None
    assert gone.etag == ""


@pytest.mark.parametrize("address", ["", "ftp://host/x", "gs://bucket/x", "s3://", "s3:///prefix", "s3://a b/c"])
def test_an_address_of_another_kind_is_a_usage_error(address: str) -> None:
    with pytest.raises(UsageError):
        open_store(address, environ={"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})


@pytest.mark.parametrize("address", ["s3://bucket1", "s3://bucket1/", "S3://bucket1//"])
def test_a_bucket_may_be_used_without_a_prefix(address: str) -> None:
    store = open_store(address, environ={"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
    assert store.url == "s3://bucket1/"


def test_folder_addresses_may_be_urls_and_home_paths(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    assert open_store((tmp_path / "a b").as_uri()).url == str(tmp_path / "a b")
    assert open_store("~/x").url == str(Path.home() / "x")


def test_locks_and_half_written_files_are_not_part_of_a_folder_store(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    with staging(tmp_path, "build") as folder:
        (folder / "half").write_text("x")
        store.put("a", b"1")
        assert [found.key for found in store.list("")] == ["a"]


def test_a_write_sweeps_what_a_killed_writer_left(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("a", b"1")
    (tmp_path / ".work" / "put-killed").write_bytes(b"half")
    store.put("a", b"2")
    assert not list((tmp_path / ".work").glob("put-*"))


def test_a_second_builder_is_told_to_wait_and_a_killed_ones_folder_is_swept(tmp_path: Path) -> None:
    with staging(tmp_path, "build") as folder, pytest.raises(BusyError), staging(tmp_path, "build"):
        pass
    assert not folder.exists()
    (tmp_path / ".work" / "build-killed").mkdir()
    with staging(tmp_path, "build"):
        assert len(list((tmp_path / ".work").glob("build-*"))) == 1


def test_a_lock_that_stays_taken_is_reported(tmp_path: Path) -> None:
    with locked(tmp_path, "pointer"), pytest.raises(BusyError), locked(tmp_path, "pointer", wait=0.05):
        pass


def test_a_symlinked_folder_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    store = FolderStore(tmp_path / "link")
    assert store.put_if("releases/a/b", b"1", etag="")
    assert [found.key for found in store.list("releases/")] == ["releases/a/b"]
    assert (tmp_path / "real" / "releases" / "a" / "b").read_bytes() == b"1"


def test_a_symlink_loop_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("releases/a/b", b"1")
    (tmp_path / "releases" / "loop").symlink_to(tmp_path / "releases", target_is_directory=True)
    assert [found.key for found in store.list("releases/")] == ["releases/a/b"]


def test_a_file_where_a_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert FolderStore(tmp_path / "file").get("current.json") is None
    with pytest.raises(StoreError, match="failed"):
        FolderStore(tmp_path / "file").put("current.json", b"1")


def test_an_unreadable_folder_is_one_sentence() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "closed"
        store = FolderStore(folder)
        store.put("current.json", b"1")
        Path(name).chmod(0o755)
        folder.chmod(0)
        was_root = os.geteuid() == 0
        try:
            if was_root:
                os.seteuid(65534)
            with pytest.raises(StoreError, match="Permission denied"):
                store.get("current.json")
            with pytest.raises(StoreError, match="Permission denied"):
                store.put("current.json", b"2")
        finally:
            if was_root:
                os.seteuid(0)
            folder.chmod(0o700)


def test_a_pointer_that_is_a_symlink_loop_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "current.json").symlink_to("current.json")
    with pytest.raises(StoreError, match="symbolic links"):
        FolderStore(tmp_path).get("current.json")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, small_files: Callable[[int], object]) -> None:
    store = FolderStore(tmp_path)
    store.put("current.json", b"old")
    with small_files(1000), pytest.raises(DiskError) as caught:  # type: ignore[attr-defined]
        store.put("current.json", b"new" * 1000)
    assert "Free some space" in caught.value.remedy
    blob = store.get("current.json")
    assert blob is not None
    assert blob.data == b"old"
    assert not list((tmp_path / ".work").glob("put-*"))


def test_no_credentials_are_one_sentence_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(CredentialsError) as caught:
        open_store("s3://bucket/index/", environ={})
    assert "role-to-assume" in caught.value.remedy


def test_a_profile_is_read_through_boto3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, s3_endpoint: str, bucket: str
) -> None:
    pytest.importorskip("boto3")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "credentials").write_text("[team]\naws_access_key_id = testing\naws_secret_access_key = s\n")
    (tmp_path / "config").write_text("[profile team]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "team")
    store = open_store(f"s3://{bucket}/index/", environ={"AWS_ENDPOINT_URL_S3": s3_endpoint})
    store.put("a", b"1")
    assert [found.key for found in store.list("")] == ["a"]


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], dict[str, str]]]:
    """`answering(bytes)` gives the environment of an endpoint that answers every request so."""
    server = socket.create_server(("127.0.0.1", 0))

    def environ(answer: bytes) -> dict[str, str]:
        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                client.recv(65536)
                if answer:
                    client.sendall(answer)
                client.close()

        threading.Thread(target=serve, daemon=True).start()
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "AKIAVISIBLE",
            "AWS_SECRET_ACCESS_KEY": "very-secret",
            "AWS_SESSION_TOKEN": "secret-token",
        }

    yield environ
    server.close()


def _error(status: str, code: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>AKIAVISIBLE very-secret</Message></Error>"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (b"", StoreError, "the connection broke off"),
        (_error("503 Slow Down", "SlowDown"), StoreError, "SlowDown"),
        (_error("403 Forbidden", "AccessDenied"), CredentialsError, "does not allow"),
        (_error("403 Forbidden", "InvalidAccessKeyId"), CredentialsError, "not known"),
        (_error("403 Forbidden", "SignatureDoesNotMatch"), CredentialsError, "wrong secret"),
        (_error("403 Forbidden", "RequestTimeTooSkewed"), CredentialsError, "clock"),
        (_error("400 Bad Request", "ExpiredToken"), CredentialsError, "expired"),
        (_error("301 Moved", "PermanentRedirect"), StoreError, "another region"),
        (_error("404 Not Found", "NoSuchBucket"), StoreError, "no bucket"),
    ],
)
def test_failures_of_a_bucket_are_named_without_secrets(
    answering: Callable[[bytes], dict[str, str]], answer: bytes, kind: type[AthenaeumError], says: str
) -> None:
    store = open_store("s3://bucket/index/", environ=answering(answer), retries=0)
    for action in (lambda: store.get("x"), lambda: store.put("x", b"1"), lambda: list(store.list("y/"))):
        with pytest.raises(AthenaeumError) as caught:
            action()
        assert isinstance(caught.value, kind), caught.value
        text = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
        assert says in text
        assert "very-secret" not in text
        assert "secret-token" not in text
        assert caught.value.remedy


def test_an_endpoint_that_is_not_there_is_reported(s3_environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    store = open_store("s3://b1234/", environ=s3_environ | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}, retries=1)
    with pytest.raises(StoreError, match="refused"):
        store.get("x")


@pytest.mark.parametrize(("listed", "absent"), [("other.json", True), ("current.json", False)])
def test_a_forbidden_object_is_absent_when_the_listing_says_so(
    s3_environ: dict[str, str], listed: str, absent: bool
) -> None:
    """As S3 answers a role whose s3:ListBucket is bound to the prefix."""

    class Strict(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "list-type=2" in self.path:
                assert "prefix=index%2F" in self.path
                entry = (
                    f"<Contents><Key>index/{listed}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                    "<Size>2</Size><ETag>x</ETag></Contents>"
                )
                status, body = 200, f"<ListBucketResult>{entry}</ListBucketResult>"
            else:
                status, body = 403, "<Error><Code>AccessDenied</Code></Error>"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Strict)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environ = s3_environ | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
    store = open_store("s3://bucket/index/", environ=environ)
    try:
        if absent:
            assert store.get("current.json") is None
        else:
            with pytest.raises(CredentialsError):
                store.get("current.json")
    finally:
        server.shutdown()
        server.server_close()


def test_an_endpoint_that_hangs_is_given_up(s3_environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ = s3_environ | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with pytest.raises(StoreError, match="timed out"):
            open_store("s3://bucket/", environ=environ, retries=0, timeout=0.2).get("x")

"""Opens the store of an index: a folder, or a prefix of an S3 bucket through obstore. The sole importer of obstore.

The address may be a path, `s3://bucket/prefix/`, or `file:///path`. The endpoint comes from AWS_ENDPOINT_URL_S3 or
AWS_ENDPOINT_URL, the region from AWS_REGION or AWS_DEFAULT_REGION. Credentials are the environment's (as in a Lambda
function), else whatever boto3 finds: profiles, SSO, instance and container roles.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from athenaeum.errors import UsageError
from athenaeum.index.atomic import translated
from athenaeum.index.document import MOST
from athenaeum.index.store.credentials import find_access
from athenaeum.index.store.explain import explain
from athenaeum.index.store.folder import FolderStore
from athenaeum.index.store.objects import Blob, Download, Store, Stored
from athenaeum.index.store.strangers import without_strangers

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

_T = TypeVar("_T")
_PART = re.compile(r"[A-Za-z0-9._!'()*&$@=;:+,-]{1,200}")
_SINGLE_PUT = 64 << 20
# A bounded wait: a publisher can be run again, and a cold function has seconds. Timeouts are for one request.
RETRIES = 4
_RETRY_SECONDS = 30
_CONNECT_SECONDS = 5
REQUEST_SECONDS = 300.0


def open_store(
    address: str | Path,
    *,
    environ: Mapping[str, str] = os.environ,
    retries: int = RETRIES,
    timeout: float = REQUEST_SECONDS,
) -> Store:
    """Open the store at a folder's path or `s3://bucket/prefix/`; nothing is read or created yet.

    `retries` is how often one request to a bucket is sent again after a passing failure,
    `timeout` the seconds one may take, its body included. Raises `UsageError` for an
    address of another kind and `CredentialsError` when a bucket has no credentials.
    """
    text = str(address)
    scheme = text.split("://", 1)[0].lower() if "://" in text else ""
    if scheme == "s3":
        return BucketStore(text, environ=environ, retries=retries, timeout=timeout)
    if scheme == "file":
        return FolderStore(Path(unquote(urlsplit(text).path)))
    if scheme:
        raise UsageError(f"{text!r} is not a place for an index.", remedy="Name a folder or s3://BUCKET/PREFIX/.")
    if not text:
        raise UsageError("No place for the index was named.", remedy="Name a folder or s3://BUCKET/PREFIX/.")
    return FolderStore(Path(text).expanduser())


class BucketStore:
    """A store below a prefix of a bucket."""

    def __init__(self, url: str, *, environ: Mapping[str, str], retries: int, timeout: float) -> None:
        bucket, _, prefix = url.split("://", 1)[1].partition("/")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", bucket):
            raise UsageError(f"{url!r} names no bucket.", remedy="Write s3://BUCKET/PREFIX/.")
        prefix = "/".join(part for part in prefix.split("/") if part)
        if prefix and not all(_PART.fullmatch(part) and part not in (".", "..") for part in prefix.split("/")):
            raise UsageError(
                f"{prefix[:100]!r} is not a place in a bucket.",
                remedy="Write a prefix of letters, digits, dots, dashes and underscores, such as index/.",
            )
        self._prefix = prefix
        self._environ = environ
        self.bucket = bucket
        self.url = f"s3://{bucket}/{prefix}/" if prefix else f"s3://{bucket}/"
        self._store = _connect(bucket, prefix, environ=environ, retries=retries, timeout=timeout)

    def get(self, key: str) -> Blob | None:
        """The object, or None when there is none."""
        import obstore

        def read() -> Blob:
            return _document(obstore.get(self._store, key))

        return self._try("read", read, key=key)

    def get_if_changed(self, key: str, etag: str) -> Blob | None:
        """The object unless it is still the version `etag`; one small request when it is."""
        import obstore
        from obstore.exceptions import NotModifiedError

        if not etag:
            return self.get(key)

        def read() -> Blob | None:
            try:
                return _document(obstore.get(self._store, key, options={"if_none_match": etag}))
            except NotModifiedError:
                return None
            except FileNotFoundError:
                return Blob(data=b"", etag="")

        return self._try("read", read, key=key)

    def download(self, key: str, target: Path, *, size: int) -> Download | None:
        """Write the object to `target`, hashing on the way."""
        with translated("writing", target.parent), target.open("wb") as out:
            return self._stream(key, out.write, size=size)

    def digest(self, key: str, *, size: int) -> Download | None:
        """Read the object back and hash it."""
        return self._stream(key, len, size=size)

    def put(self, key: str, source: bytes | Path) -> None:
        """Write an object; large files in parts."""
        import obstore

        size = source.stat().st_size if isinstance(source, Path) else len(source)
        self._try(
            "write",
            lambda: obstore.put(
                self._store, key, source, use_multipart=size > _SINGLE_PUT, chunk_size=16 << 20, max_concurrency=4
            ),
        )

    def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
        """Conditional write by If-Match or If-None-Match."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        def write() -> str | None:
            try:
                result = obstore.put(
                    self._store, key, data, mode={"e_tag": etag} if etag else "create", use_multipart=False
                )
                return result.get("e_tag") or ""
            except (AlreadyExistsError, PreconditionError):
                return None
            except FileNotFoundError:
                # If-Match on an object that was deleted meanwhile: not the version that was named.
                if etag:
                    return None
                raise

        return self._try("write", write)

    def list(self, prefix: str) -> Iterator[Stored]:
        """Every object below `prefix`."""
        import obstore
        from obstore.exceptions import BaseError

        def read() -> list[Stored]:
            try:
                found = obstore.list(self._store, prefix or None).collect()
            except (ValueError, BaseError) as error:
                if "path segment" not in str(error):
                    raise
                return without_strangers(self.bucket, below=self._prefix, prefix=prefix, environ=self._environ)
            return [Stored(key=meta["path"], size=meta["size"], modified=meta["last_modified"]) for meta in found]

        yield from self._try("list", read) or ()

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; absent ones are fine."""
        import obstore

        for key in keys:
            self._try("delete from", lambda key=key: obstore.delete(self._store, key))  # type: ignore[misc]

    def _stream(self, key: str, write: Callable[[bytes], object], *, size: int) -> Download | None:
        import obstore

        def read() -> Download:
            hasher, received = hashlib.sha256(), 0
            answer = obstore.get(self._store, key)
            if answer.meta["size"] > size:
                return Download(sha256="", size=answer.meta["size"], etag=answer.meta.get("e_tag") or "")
            for block in answer.stream(min_chunk_size=1 << 20):
                data = bytes(block)
                hasher.update(data)
                received += len(data)
                write(data)
            return Download(sha256=hasher.hexdigest(), size=received, etag=answer.meta.get("e_tag") or "")

        return self._try("read", read, key=key)

    def _try(self, doing: str, action: Callable[[], _T], *, key: str = "") -> _T | None:
        from obstore.exceptions import BaseError, PermissionDeniedError

        try:
            return action()
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise explain(error, doing=doing, bucket=self.bucket) from None
            return None
        except (BaseError, ValueError) as error:
            if key and isinstance(error, PermissionDeniedError) and self._is_absent(key):
                return None
            # The original text may hold a signed request or a key's id: it is classified, never shown.
            raise explain(error, doing=doing, bucket=self.bucket) from None

    def _is_absent(self, key: str) -> bool:
        """S3 answers 403 for an absent object to a role that may list only below a prefix: then the listing tells."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            found = obstore.list_with_delimiter(self._store, key.rpartition("/")[0] or None)
        except BaseError:
            return False
        return all(meta["path"] != key for meta in found["objects"])


def _document(answer: Any) -> Blob:
    """The object of an answer; one that is too large to be a document of an index without its bytes."""
    data = bytes(answer.bytes()) if answer.meta["size"] <= MOST else b""
    return Blob(data=data, etag=answer.meta.get("e_tag") or "")


def _connect(bucket: str, prefix: str, *, environ: Mapping[str, str], retries: int, timeout: float) -> "S3Store":
    from obstore.store import S3Store

    access = find_access(environ)
    endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or ""
    config: S3Config = {"region": access.region, "conditional_put": "etag", "virtual_hosted_style_request": False}
    if endpoint:
        config["endpoint"] = endpoint
    config.update(access.keys)  # type: ignore[typeddict-item]
    return S3Store(
        bucket,
        prefix=prefix or None,
        config=config,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
            "timeout": timedelta(seconds=timeout),
        },
        retry_config={
            "max_retries": retries,
            "retry_timeout": timedelta(seconds=_RETRY_SECONDS),
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=3), "base": 2},
        },
        credential_provider=access.provider,
    )

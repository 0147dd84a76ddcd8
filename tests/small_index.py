"""A package index on loopback with small wheels made here, and a checkout whose locked sets name them by hash."""

import base64
import hashlib
import http.server
import shutil
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uv

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "requirements/install.py",
    "athenaeum/__init__.py",
    "athenaeum/sealed.py",
    "athenaeum/action/__init__.py",
    "athenaeum/action/place.py",
    "athenaeum/action/run.sh",
)
MAIN = """\
import importlib, json, os, sys
found = {name: importlib.import_module(name).SAID for name in ("widget",)}
names = ("ATHENAEUM_CACHE_DIR", "HOME", "ATHENAEUM_READ_CACHE_DIR", "LD_LIBRARY_PATH")
said = {name: os.environ.get(name, "") for name in names}
print("RAN " + json.dumps({**found, **said, "prefix": sys.prefix, "extra": sorted(
    name for name in sys.modules if name.startswith("pwned"))}))
"""


def wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> Path:
    """Write a wheel of these files; a file under `{data}/scripts` becomes a program."""
    data, info = f"{name}-{version}.data", f"{name}-{version}.dist-info"
    said = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    whole = {path.replace("{data}", data): text for path, text in files.items()} | said
    record = "".join(f"{path},sha256={_sum(text)},{len(text)}\n" for path, text in whole.items())
    whole[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in whole.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o100755 if "/scripts/" in path else 0o100644) << 16
            archive.writestr(entry, text)
    return made


def _sum(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def locked(made: Path) -> str:
    """The wheel as a line of a locked set."""
    name, version, *_ = made.name.split("-")
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(made.read_bytes()).hexdigest()}\n"


@dataclass(frozen=True)
class Index:
    """A running index. `asked` are the paths that were asked for."""

    address: str
    wheels: Path
    asked: list[str] = field(default_factory=list)


@contextmanager
def serve(wheels: Path) -> Iterator[Index]:
    """Serve a folder of wheels as a simple index (PEP 503)."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            kind, _, name = self.path.strip("/").partition("/")
            if kind == "files" and (wheels / name).is_file():
                return self.answer((wheels / name).read_bytes(), "application/octet-stream")
            found = [each.name for each in wheels.glob("*.whl") if each.name.split("-")[0] == name.strip("/")]
            if kind != "simple" or not found:
                return self.send_error(404)
            links = "".join(f'<a href="/files/{each}">{each}</a>' for each in found)
            return self.answer(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")

        def answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Index(f"http://127.0.0.1:{server.server_port}/simple", wheels, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def small_checkout(folder: Path, wheels: Path) -> Path:
    """The set-up's own files, as they are, over locked sets of small wheels: the real uv, and one module each."""
    for part in PARTS:
        if (ROOT / part).is_file():
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / part, folder / part)
    (folder / "template").mkdir()
    (folder / "athenaeum" / "action" / "__main__.py").write_text(MAIN)
    program = Path(uv.find_uv_bin()).read_bytes()
    sets = {
        "action": [
            wheel(wheels, "uv", "0.0.1", {"{data}/scripts/uv": program}),
            wheel(wheels, "widget", "1.0", {"widget.py": b"SAID = 'locked'\n"}),
        ],
        "deploy": [wheel(wheels, "gadget", "1.0", {"gadget.py": b"SAID = 'locked'\n"})],
        "export": [wheel(wheels, "exporter", "1.0", {"exporter.py": b"SAID = 'locked'\n"})],
        "torch": [wheel(wheels, "torch", "1.0", {"torch.py": b"SAID = 'locked'\n"})],
    }
    for name, made in sets.items():
        (folder / "requirements" / f"{name}.txt").write_text("".join(map(locked, made)))
    return folder

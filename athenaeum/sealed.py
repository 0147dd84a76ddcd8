"""How every program that installs something is run: sealed off from the repository and from the job.

pip, uv, npm, cargo and Python's venv read settings from the folder they are started in, from files of the user and from
the environment. A docs repository writes the first and its workflow the last, so neither may decide what is installed:
such a program is started in an empty folder, told to read no configuration file, and given an environment that is built
from the list here. Nothing but the standard library is imported: `requirements/install.py` loads this file by its path,
before anything is installed.
"""

import configparser
import contextlib
import os
import re
import stat
import subprocess
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT")
_TRUST_STORE = ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS")
_PERSON = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LOGNAME", "SYSTEMROOT", "SYSTEMDRIVE", "USERPROFILE")
# Where rustup keeps its compilers; `cargo` is often its proxy and finds none without it.
_COMPILERS = ("RUSTUP_HOME",)
# A Python of a runner's tool cache may find its own library by this alone.
_LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
PASSED = (*_NETWORK, *_TRUST, *_TRUST_STORE, *_PERSON, *_COMPILERS)
"""Variables of the caller that reach an installer as they are. Mirrors, PATH, HOME and caches follow rules below."""
DOWNLOADS = "ATHENAEUM_DOWNLOADS_DIR"
"""Variable with the folder that installers keep what they fetch in."""
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
_PIP_FILES = ("~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/pip.conf")
_SECONDS = ("UV_HTTP_TIMEOUT", "PIP_DEFAULT_TIMEOUT")


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The whole environment of an installer.

    Downloads of uv, pip and npm alike are kept in ATHENAEUM_DOWNLOADS_DIR, else in their usual places below HOME. A
    HOME that cannot be written is replaced by a folder beside the downloads, or by a temporary one.
    """
    home = usable_home(environ)
    cache = Path(environ.get(DOWNLOADS, "")) if Path(environ.get(DOWNLOADS, "")).is_absolute() else None
    if cache is None and home is None:
        cache = own_temporary_folder() / "downloads"
    passed = {name: environ[name] for name in PASSED if environ.get(name)}
    waits = [value for name in _SECONDS if (value := environ.get(name, "")).isascii() and value.isdigit()]
    seconds = dict.fromkeys(_SECONDS, waits[0]) if waits else {}
    index = mirror(environ, home=home)
    offline = environ.get("UV_OFFLINE", "").lower() in ("1", "true", "yes", "on")
    return {
        **passed,
        **seconds,
        "PATH": absolute_path(environ.get("PATH", "")) or os.defpath,
        "HOME": str(home or _made(cache)),
        **{name: found for name in _LIBRARIES if (found := absolute_path(environ.get(name, "")))},
        **({"TMPDIR": environ["TMPDIR"]} if Path(environ.get("TMPDIR", "")).is_absolute() else {}),
        **({"UV_DEFAULT_INDEX": index, "PIP_INDEX_URL": index} if index else {}),
        **({"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"} if offline else {}),
        **_npm_registry(environ),
        **_caches(cache),
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "npm_config_userconfig": os.devnull,
        # npm refuses to read one file twice.
        "npm_config_globalconfig": os.path.join(os.sep, "nowhere", "npmrc"),  # noqa: PTH118
        "npm_config_ignore_scripts": "true",
        "npm_config_update_notifier": "false",
        "PYTHONSAFEPATH": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run(
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    extra: Mapping[str, str] | None = None,
    stdout: int | IO[str] = subprocess.PIPE,
    stderr: int | IO[str] = subprocess.PIPE,
) -> "subprocess.CompletedProcess[str]":
    """Run an installer sealed off; its output as text unless it is sent elsewhere. Never raises for its exit code.

    `folder` is where it is started, in place of an empty folder: only for a folder that the caller has just made, or
    whose owner decides what is installed. `extra` is added to the environment.
    """
    environment_ = {**environment(environ), **(extra or {})}
    with _neutral(folder) as at:
        return subprocess.run(  # noqa: S603 - the caller's own installer and fixed words
            list(map(str, command)),
            cwd=at,
            env=environment_,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            errors="replace",
            check=False,
        )


def python(interpreter: str | Path, *arguments: str | Path) -> list[str | Path]:
    """The command that runs `interpreter` without the caller's folder, variables and user packages."""
    return [interpreter, "-I", *arguments]


def uv_install(uv: str | Path, *arguments: str | Path) -> list[str | Path]:
    """The command of `uv pip install`: no configuration file, no source is built, and files are copies."""
    # NLTK, which LlamaIndex loads, refuses multiply-linked files.
    words = ("pip", "install", "--quiet", "--no-config", "--link-mode", "copy", "--only-binary", ":all:")
    return [uv, *words, *arguments]


def mirror(environ: Mapping[str, str], *, home: Path | None = None) -> str:
    """The package index to use in place of PyPI, "" for PyPI: one address for uv and pip, whichever was told it.

    Hashes decide what is installed, wherever it comes from. Of pip's own files the address alone is read.
    """
    for name in _INDEXES:
        if address := environ.get(name, "").strip():
            return _with_credentials(address, environ) if name == "UV_DEFAULT_INDEX" else address
    for file in _PIP_FILES:
        if file.startswith("~") and home is None:
            continue
        parser = configparser.RawConfigParser()
        with contextlib.suppress(OSError, configparser.Error, UnicodeDecodeError):
            parser.read(file.replace("~", str(home), 1) if file.startswith("~") else file, encoding="utf-8")
        if address := parser.get("global", "index-url", fallback="").strip():
            return address
    return ""


def usable_home(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The caller's HOME when caches can be kept in it, else None: it may be unset, gone, or read-only."""
    named = environ.get("HOME", "")
    if not named or not Path(named).is_absolute() or not Path(named).is_dir():
        return None
    return Path(named) if writable(Path(named) / ".cache") else None


def writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, which is made when it is not there. The disk is asked, not the modes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".probe-", dir=folder):
            return True
    except OSError:
        return False


def own_temporary_folder() -> Path:
    """A folder for temporary files that is this user's alone, the same for all its processes where that is safe."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"athenaeum-{user}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        # Someone else may have been here first, with a folder or a link of their own.
        if stat.S_ISDIR(found.st_mode) and found.st_uid == user and not found.st_mode & 0o022:
            return folder
    return Path(tempfile.mkdtemp(prefix="athenaeum-"))


def absolute_path(text: str) -> str:
    """A search path without its relative parts, which would be looked up in the repository."""
    return os.pathsep.join(part for part in text.split(os.pathsep) if Path(part).is_absolute())


@contextlib.contextmanager
def _neutral(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="athenaeum-empty-") as made:
        yield Path(made)


def _caches(cache: Path | None) -> dict[str, str]:
    if cache is None:
        return {}
    return {
        "UV_CACHE_DIR": str(cache / "uv"),
        "PIP_CACHE_DIR": str(cache / "pip"),
        "npm_config_cache": str(cache / "npm"),
    }


def _npm_registry(environ: Mapping[str, str]) -> dict[str, str]:
    """npm reads its settings from variables in any spelling of case."""
    lower = {name.lower(): value for name, value in environ.items()}
    names = ("npm_config_registry", "npm_config_cafile", "npm_config_offline")
    return {name: lower[name] for name in names if lower.get(name)}


def _with_credentials(address: str, environ: Mapping[str, str]) -> str:
    """uv's form `name=address`, whose user and password are in variables of that name, as one address."""
    found = re.match(r"([\w.-]+)=(?=\w+:)", address)
    if not found:
        return address
    address, key = address[found.end() :], re.sub(r"[^A-Z0-9]", "_", found[1].upper())
    user = environ.get(f"UV_INDEX_{key}_USERNAME", "")
    secret = environ.get(f"UV_INDEX_{key}_PASSWORD", "")
    parts = urllib.parse.urlsplit(address)
    if not (user or secret) or "@" in parts.netloc:
        return address
    quoted = ":".join(urllib.parse.quote(part, safe="") for part in (user, secret))
    return urllib.parse.urlunsplit(parts._replace(netloc=f"{quoted}@{parts.netloc}"))


def _made(cache: Path | None) -> Path:
    folder = (cache.parent if cache else own_temporary_folder()) / "home"
    writable(folder)
    return folder

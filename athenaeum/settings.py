"""What a deployed process is told, and where a process keeps its caches.

The only place for the server's environment names: infra writes them with `to_env`, the process reads them with
`from_env`, and one round-trip test holds the two together.
"""

import os
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, fields
from pathlib import Path

from athenaeum.errors import ConfigError, DiskError

DEFAULT_INDEX_DIR = "./index"
"""Where every command looks for an index."""
LAMBDA_INDEX_DIR = "/tmp/index"  # noqa: S108 - the only writable place of a Lambda function
"""The local copy of a function that reads from a bucket."""
RESTORED_PATH = "/restored"
"""Where Lambda Web Adapter tells the server that it was restored from a snapshot."""
DEFAULT_DAILY_TOKENS = 200_000
"""The budget of paid chat that anyone may ask for, where its owner sets none."""
ENCODER_LAYER_DIR = "/opt/athenaeum/encoders"
"""Where the encoder layer puts `<digest>/` folders."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """All that a server process is told. Empty strings mean "not set"; `ENVIRONMENT` names each field's variable.

    `chat_models` and `allowed_hosts` are lists by commas; `chat_daily_tokens` 0 sets no budget. `tokens_checked` says
    that what stands in front has refused every request without a valid token: without it the server checks itself.
    `guarded` says that something in front lets no stranger past, by a key or a signature: what stays open says little.
    """

    index_bucket: str = ""
    index_prefix: str = "index/"
    index_dir: str = ""
    refresh_seconds: float = 5.0
    site_name: str = ""
    chat_provider: str = ""
    chat_model: str = ""
    chat_models: str = ""
    chat_base_url: str = ""
    chat_system_prompt: str = ""
    chat_daily_tokens: int = 0
    chat_budget_table: str = ""
    openai_api_key: str = ""
    openai_secret_arn: str = ""
    oauth_issuer: str = ""
    oauth_audience: str = ""
    oauth_jwks_url: str = ""
    tokens_checked: bool = False
    guarded: bool = False
    cors_origins: str = "*"
    allowed_hosts: str = ""
    log_queries: bool = False
    metrics: bool = False

    @property
    def is_guarded(self) -> bool:
        """Whether most addresses are closed to strangers, by tokens or by what stands in front."""
        return self.guarded or bool(self.oauth_issuer)

    @property
    def local_dir(self) -> str:
        """The folder the process reads: the index itself, or the local copy of the bucket."""
        return self.index_dir or (LAMBDA_INDEX_DIR if self.index_bucket else DEFAULT_INDEX_DIR)

    @property
    def chat_is_paid(self) -> bool:
        """Whether chat with these settings costs money: a provider that bills, or a key for one."""
        if self.chat_provider:
            return self.chat_provider in _PAID
        return bool(self.openai_api_key or self.openai_secret_arn)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "ServerSettings":
        """Read the settings; `ConfigError` names the variable that cannot be read."""
        values: dict[str, object] = {}
        for name, variable in ENVIRONMENT.items():
            if (text := environ.get(variable)) is None:
                continue
            default = _DEFAULTS[name]
            try:
                values[name] = _parse(text, default)
            except ValueError as error:
                raise ConfigError(
                    f"{variable} is {text!r}, which is not {_KINDS[type(default)]}.",
                    remedy=f"Set it to a value such as {_render(default)!r} or leave it out.",
                ) from error
        return cls(**values)  # type: ignore[arg-type]

    def to_env(self) -> dict[str, str]:
        """The environment that `from_env` reads back as this object; defaults are left out."""
        return {
            ENVIRONMENT[name]: _render(getattr(self, name))
            for name, default in _DEFAULTS.items()
            if getattr(self, name) != default
        }


ENVIRONMENT: dict[str, str] = {
    "index_bucket": "ATHENAEUM_INDEX_BUCKET",
    "index_prefix": "ATHENAEUM_INDEX_PREFIX",
    "index_dir": "ATHENAEUM_INDEX_DIR",
    "refresh_seconds": "ATHENAEUM_REFRESH_SECONDS",
    "site_name": "ATHENAEUM_SITE_NAME",
    "chat_provider": "ATHENAEUM_CHAT_PROVIDER",
    "chat_model": "ATHENAEUM_CHAT_MODEL",
    "chat_models": "ATHENAEUM_CHAT_MODELS",
    "chat_base_url": "ATHENAEUM_CHAT_BASE_URL",
    "chat_system_prompt": "ATHENAEUM_CHAT_SYSTEM_PROMPT",
    "chat_daily_tokens": "ATHENAEUM_CHAT_DAILY_TOKENS",
    "chat_budget_table": "ATHENAEUM_CHAT_BUDGET_TABLE",
    "openai_api_key": "OPENAI_API_KEY",
    "openai_secret_arn": "ATHENAEUM_OPENAI_SECRET_ARN",
    "oauth_issuer": "OAUTH_ISSUER",
    "oauth_audience": "OAUTH_AUDIENCE",
    "oauth_jwks_url": "OAUTH_JWKS_URL",
    "tokens_checked": "ATHENAEUM_TOKENS_CHECKED",
    "guarded": "ATHENAEUM_GUARDED",
    "cors_origins": "ATHENAEUM_CORS_ORIGINS",
    "allowed_hosts": "ATHENAEUM_ALLOWED_HOSTS",
    "log_queries": "ATHENAEUM_LOG_QUERIES",
    "metrics": "ATHENAEUM_METRICS",
}
"""Field of `ServerSettings` → environment variable."""

_PAID = ("openai", "bedrock")
_DEFAULTS: dict[str, object] = {field.name: field.default for field in fields(ServerSettings)}
_KINDS: dict[type, str] = {str: "text", float: "a number of seconds", int: "a whole number", bool: "true or false"}
_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _parse(text: str, default: object) -> object:
    if isinstance(default, bool):
        if text.strip().lower() not in _BOOLEANS:
            raise ValueError(text)
        return _BOOLEANS[text.strip().lower()]
    if isinstance(default, int):
        count = int(text)
        if count < 0:
            raise ValueError(text)
        return count
    if isinstance(default, float):
        number = float(text)
        if not 0 <= number < float("inf"):
            raise ValueError(text)
        return number
    return text


def _render(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def use_one_thread(environ: MutableMapping[str, str] = os.environ) -> None:
    """Keep the numeric libraries of a process that answers queries to one thread; before they are imported.

    A query multiplies small matrices: on two cores, threads that wait for each other in a spin took four times the CPU
    (28 against 7 ms a search, 1,662 chunks). What the environment says already stays.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environ.setdefault(name, "1")


def refuse_telemetry(environ: MutableMapping[str, str] = os.environ) -> None:
    """Keep the libraries that run models from reporting on their user; before they are imported.

    ONNX Runtime's wheels for Linux tell Microsoft of every process and model from version 1.29 on, and keep an id of
    the machine in the user's cache folder; the hub's client tells Hugging Face. What the environment says stays.
    """
    for name in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY"):
        environ.setdefault(name, "1")


def reach_late_packages(environ: Mapping[str, str] = os.environ) -> None:
    """Put the zip of packages that a deployed function seldom needs on the search path, at its end.

    `infra/bundles/run.sh` names it in ATHENAEUM_LATE_PACKAGES. On the path from the start, its directory would be read
    by the first import that misses: 0.03 s of a cold start.
    """
    late = environ.get("ATHENAEUM_LATE_PACKAGES", "")
    if late and late not in sys.path:
        sys.path.append(late)


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Where exported encoders and bundles are kept between runs: ATHENAEUM_CACHE_DIR, else the user's cache folder."""
    if named := environ.get("ATHENAEUM_CACHE_DIR"):
        return Path(named).expanduser()
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else _home() / ".cache") / "athenaeum"


def read_cache_dir(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Another cache that this process may read and never writes to: that of the deploying jobs, for a check."""
    named = environ.get("ATHENAEUM_READ_CACHE_DIR")
    return Path(named) if named else None


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        # HOME is unset and the user has no entry in the machine's list, as in a container with a number for a user.
        raise DiskError(
            "There is no home folder to keep caches in: HOME is not set and this user has none.",
            remedy="Set HOME, or ATHENAEUM_CACHE_DIR, to a folder that can be written.",
        ) from error

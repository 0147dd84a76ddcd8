"""A Hugging Face encoder as ONNX: the only importer of torch and transformers, and only for a new model.

Pooling and scaling are part of the graph, and a text is always alone in its batch, so the graph needs no attention
mask: token ids go in, one vector comes out.
"""

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from athenaeum.embeddings.encoder import INPUT, OUTPUT, Vectors
from athenaeum.embeddings.spec import MODEL, TOKENIZER
from athenaeum.embeddings.traits import Traits
from athenaeum.errors import MissingExtraError, ModelError

_EXAMPLE = "Tokens of an example, long enough for every branch."


@dataclass(frozen=True, slots=True)
class Exported:
    """What the source model makes of `texts`: float32 vectors (texts, dimension)."""

    texts: tuple[str, ...]
    vectors: Vectors


def export_model(source: Path, *, traits: Traits, target: Path, golden: Sequence[str]) -> Exported:
    """Write the fp32 `model.onnx` and `tokenizer.json` of the model in `source` to the folder `target`.

    Returns torch's own vectors of the golden texts (passage prefix in front), shortened where they exceed the model.
    `MissingExtraError` without torch, `ModelError` for a model that cannot be loaded or exported.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError(
            f"Exporting this model to ONNX needs {error.name or 'torch'}, which is not installed.",
            remedy='Run: pip install "athenaeum-deploy[index]"',
        ) from error
    with _quiet():
        folder = str(source / traits.weights)
        try:
            tokenizer = _tokenizer(transformers, folder, traits=traits)
            model = _load(transformers, folder).eval()
        except Exception as error:
            # A model's files are anything: each of the libraries that read them has errors of its own.
            raise _failed("loaded", error) from error
        tokenizer.save(str(target / TOKENIZER), pretty=False)
        wrapped = _pooled(torch, model, traits=traits).eval()
        texts = [_shortened(tokenizer, text, traits=traits) for text in golden]
        rows = [tokenizer.encode(traits.passage_prefix + text).ids for text in texts]
        with torch.no_grad():
            try:
                vectors = [wrapped(torch.tensor([ids])).numpy()[0] for ids in rows]
                example = torch.tensor([tokenizer.encode(_EXAMPLE).ids[: traits.max_length]])
                length = torch.export.Dim("length", min=2, max=traits.max_length)
                torch.onnx.export(
                    wrapped,
                    (example,),
                    str(target / MODEL),
                    input_names=[INPUT],
                    output_names=[OUTPUT],
                    dynamic_shapes={INPUT: {1: length}},
                    dynamo=True,
                    external_data=False,
                    verbose=False,
                )
            except Exception as error:
                # torch's exporter raises families of errors over several private modules.
                raise _failed("exported", error) from error
    return Exported(texts=tuple(texts), vectors=np.stack(vectors).astype(np.float32))


def _shortened(tokenizer: Any, text: str, *, traits: Traits) -> str:
    while len(tokenizer.encode(traits.passage_prefix + text).ids) > traits.max_length:
        text = text[: len(text) // 2]
    return text


def _load(transformers: Any, folder: str) -> Any:
    config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(
            f"{config.model_type} is an encoder with a decoder, which is not supported.",
            remedy="Choose an encoder model, such as the default one.",
        )
    return transformers.AutoModel.from_pretrained(
        folder, config=config, trust_remote_code=False, local_files_only=True, attn_implementation="eager"
    )


def _tokenizer(transformers: Any, folder: str, *, traits: Traits) -> Any:
    from tokenizers import Tokenizer, normalizers

    loaded = transformers.AutoTokenizer.from_pretrained(
        folder, trust_remote_code=False, local_files_only=True, use_fast=True
    )
    tokenizer = Tokenizer.from_str(loaded.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    if traits.lowercase:
        steps = [normalizers.Lowercase(), *([tokenizer.normalizer] if tokenizer.normalizer else [])]
        tokenizer.normalizer = normalizers.Sequence(steps)
    return tokenizer


def _pooled(torch: Any, model: Any, *, traits: Traits) -> Any:
    pooling = traits.pooling

    class Pooled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any) -> Any:
            hidden = self.model(input_ids=input_ids).last_hidden_state
            if pooling == "cls":
                vector = hidden[:, 0]
            elif pooling == "lasttoken":
                vector = hidden[:, -1]
            elif pooling == "max":
                vector = hidden.max(dim=1).values
            elif pooling == "mean_sqrt_len_tokens":
                vector = hidden.mean(dim=1) * hidden.shape[1] ** 0.5
            elif pooling == "weightedmean":
                weights = torch.arange(1, hidden.shape[1] + 1, dtype=hidden.dtype).reshape(1, -1, 1)
                vector = (hidden * weights).sum(dim=1) / weights.sum()
            else:
                vector = hidden.mean(dim=1)
            return torch.nn.functional.normalize(vector, dim=1) if traits.normalize else vector

    return Pooled()


def _failed(what: str, error: Exception) -> ModelError:
    if isinstance(error, ModelError):
        return error
    first = json.dumps(str(error).strip().splitlines()[0][:160] if str(error).strip() else "")[1:-1]
    return ModelError(
        f"The model could not be {what} ({type(error).__name__}: {first}).",
        remedy="Choose another encoder model; those that bring their own code are never run.",
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # Both libraries speak to the terminal about matters of their own while ours shows progress.
    from transformers.utils import logging as chatter

    chatter.disable_progress_bar()
    chatter.set_verbosity_error()
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)

"""Small encoders with random weights, made here: they differ in everything an encoder may differ in."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

TEXT = (
    "how do i install the package return body when request does not match schema set chunk size and overlap or leave "
    "both out release is uploaded first pointer moved last so readers never see half of it warning deleting bucket "
    "cannot be undone a lion sleeps under tree bear eats honey in forest query passage search document"
)
WORDS = TEXT.split()


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of this room may reach the hub or a release."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("ATHENAEUM_ENCODER_URL", "off")


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`make_model("bert", dimension=32, pooling="mean", …)`: a model folder as sentence-transformers saves one."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")

    def make(
        kind: str = "bert",
        *,
        dimension: int = 32,
        pooling: str | dict[str, Any] | None = "mean",
        prompts: dict[str, str] | None = None,
        max_length: int = 64,
        normalize: bool = True,
        extra_module: str = "",
        lowercase: bool = False,
        name: str = "model",
    ) -> Path:
        folder = tmp_path_factory.mktemp(kind) / name
        folder.mkdir()
        torch.manual_seed(7)
        tokenizer = _tokenizer(transformers, kind)
        size = len(tokenizer)
        shape = {
            "vocab_size": size,
            "hidden_size": dimension,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 2 * dimension,
            "max_position_embeddings": 80,
            "initializer_range": 0.4,
            "pad_token_id": tokenizer.pad_token_id,
        }
        if kind == "distilbert":
            shape |= {"dim": dimension, "n_layers": 2, "n_heads": 4, "hidden_dim": 2 * dimension}
        classes = {
            "bert": (transformers.BertConfig, transformers.BertModel),
            "distilbert": (transformers.DistilBertConfig, transformers.DistilBertModel),
            "roberta": (transformers.RobertaConfig, transformers.RobertaModel),
            "mpnet": (transformers.MPNetConfig, transformers.MPNetModel),
        }
        config, model = classes[kind]
        model(config(**shape)).eval().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        _write_sentence_files(
            folder,
            dimension=dimension,
            pooling=pooling,
            prompts=prompts,
            max_length=max_length,
            normalize=normalize,
            extra_module=extra_module,
            lowercase=lowercase,
        )
        return folder

    return make


def _tokenizer(transformers: Any, kind: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    if kind == "roberta":
        specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {token: at for at, token in enumerate([*specials, *alphabet])}
        raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
        raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        raw.decoder = decoders.ByteLevel()
        raw.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
        names = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>"}
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=raw, unk_token="<unk>", mask_token="<mask>", model_max_length=78, **names
        )
    letters = [chr(code) for code in range(33, 127)]
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = [*specials, *dict.fromkeys([*WORDS, *letters]), *(f"##{letter}" for letter in letters)]
    raw = Tokenizer(models.WordPiece({token: at for at, token in enumerate(tokens)}, unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer(lowercase=True)
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=78,
        # Models without segments refuse the ids of segments.
        model_input_names=["input_ids", "attention_mask"],
    )


def _write_sentence_files(
    folder: Path,
    *,
    dimension: int,
    pooling: str | dict[str, Any] | None,
    prompts: dict[str, str] | None,
    max_length: int,
    normalize: bool,
    extra_module: str,
    lowercase: bool,
) -> None:
    if pooling is None:
        # As a model comes that sentence-transformers never saw.
        return
    modules = [("Transformer", "")]
    if pooling:
        modules.append(("Pooling", "1_Pooling"))
        keys = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "lasttoken": "lasttoken"}
        named = pooling if isinstance(pooling, dict) else {f"pooling_mode_{keys[pooling]}": True}
        (folder / "1_Pooling").mkdir()
        config = {"word_embedding_dimension": dimension, "pooling_mode_mean_tokens": False, **named}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    if extra_module:
        modules.append((extra_module, f"2_{extra_module}"))
        (folder / f"2_{extra_module}").mkdir()
    if normalize:
        modules.append(("Normalize", f"{len(modules)}_Normalize"))
    listed = [
        {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for at, (kind, path) in enumerate(modules)
    ]
    (folder / "modules.json").write_text(json.dumps(listed))
    (folder / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": max_length, "do_lower_case": lowercase})
    )
    if prompts is not None:
        (folder / "config_sentence_transformers.json").write_text(
            json.dumps({"prompts": prompts, "default_prompt_name": None})
        )


@pytest.fixture(scope="session")
def reference() -> Iterator[Callable[..., Any]]:
    """`reference(folder, texts, prompt=…)`: the vectors that sentence-transformers itself gives, one text at a time."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    library = pytest.importorskip("sentence_transformers")
    loaded: dict[Path, Any] = {}

    def encode(folder: Path, texts: list[str], *, prompt: str = "") -> Any:
        if folder not in loaded:
            loaded[folder] = library.SentenceTransformer(str(folder), device="cpu")
        return loaded[folder].encode(texts, prompt=prompt, batch_size=1, normalize_embeddings=True)

    yield encode
    if before is None:
        os.environ.pop("HF_HUB_OFFLINE", None)
    else:
        os.environ["HF_HUB_OFFLINE"] = before

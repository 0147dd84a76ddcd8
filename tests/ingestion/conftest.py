"""A tiny encoder and docs folders, so that builds in tests take milliseconds and are real in everything else."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from athenaeum.config import Config
from athenaeum.embeddings.identity import encoder_digest
from athenaeum.embeddings.source import find_source
from athenaeum.embeddings.spec import EncoderSpec
from athenaeum.embeddings.traits import read_traits
from athenaeum.ingestion.pipeline import build
from athenaeum.ingestion.report import BuildReport

TEXT = (
    "lion bear otter heron forest river mountain valley honey fish stone winter summer rain install build deploy "
    "index query chunk page vector token bucket pointer release the of and in to a is how do i"
)
WORDS = TEXT.split()


@dataclass(frozen=True)
class Tiny:
    """A model folder, and the cache in which its encoder is ready: nothing has to be exported."""

    model: Path
    cache: Path

    def config(self, **changes: Any) -> Config:
        return Config.model_validate({"embedding": {"model": str(self.model)}, **changes})

    def build(self, docs: Path, output: Path, **options: Any) -> BuildReport:
        options.setdefault("config", self.config())
        return build([docs], output=output, cache=self.cache, **options)


@pytest.fixture(scope="session")
def make_tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Tiny]:
    """`make_tiny(dimension=16)`: a bag-of-words encoder: texts that share words are near each other."""

    def make(*, dimension: int = 16, name: str = "tiny", window: int = 32, seed: int = 0) -> Tiny:
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

        model = tmp_path_factory.mktemp("models") / name
        model.mkdir()
        tokens = ["[UNK]", "[CLS]", "[SEP]", *WORDS]
        raw = Tokenizer(models.WordLevel({token: at for at, token in enumerate(tokens)}, unk_token="[UNK]"))
        raw.normalizer = normalizers.Lowercase()
        raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        raw.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
        raw.save(str(model / "tokenizer.json"))
        (model / "config.json").write_text('{"model_type": "bert"}')
        (model / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": window}))
        table = np.random.default_rng(seed).standard_normal((len(tokens), dimension)).astype(np.float32)
        (model / "model.safetensors").write_bytes(table.tobytes())
        cache = tmp_path_factory.mktemp("cache")
        source = find_source(str(model))
        traits = read_traits(model)
        digest = encoder_digest(source, traits, precision="", cache=cache)
        folder = cache / "encoders" / digest
        folder.mkdir(parents=True)
        _write_graph(folder / "model.onnx", table)
        (folder / "tokenizer.json").write_bytes((model / "tokenizer.json").read_bytes())
        spec = EncoderSpec(
            digest=digest,
            name=name,
            dimension=dimension,
            max_length=window,
            pooling="mean",
            normalize=True,
            query_prefix="",
            passage_prefix="",
            precision="fp32",
        )
        files = {
            path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size}
            for path in folder.iterdir()
        }
        (folder / "encoder.json").write_text(json.dumps({**spec.to_json(), "files": files}))
        return Tiny(model=model, cache=cache)

    return make


def _write_graph(path: Path, table: "np.ndarray[Any, Any]") -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("ReduceMean", ["words", "axis"], ["mean"], keepdims=0),
        helper.make_node("ReduceL2", ["mean", "axis"], ["length"], keepdims=1),
        helper.make_node("Div", ["mean", "length"], ["vector"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "length"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, table.shape[1]])],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)


@pytest.fixture(scope="session")
def tiny(make_tiny: Callable[..., Tiny]) -> Tiny:
    """The tiny encoder most tests build with."""
    return make_tiny()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Three pages."""
    return write_docs(
        tmp_path / "docs",
        {
            "index.md": "# Start\n\nHow do I install? The lion is in the forest.\n\n## Build\n\nBuild the index.\n",
            "guide/river.md": "# River\n\nThe otter and the heron fish in the river.\n\n## Winter\n\nRain and stone.\n",
            "guide/honey.md": "# Honey\n\nThe bear is in the valley. Honey of the mountain.\n",
        },
    )


def write_docs(folder: Path, pages: dict[str, str]) -> Path:
    for path, text in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder

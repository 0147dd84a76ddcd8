"""A text's vector depends on nothing but the text."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from athenaeum.embeddings.encoder import Encoder, available_cores, open_encoder
from athenaeum.embeddings.prepare import prepare_encoder
from athenaeum.embeddings.spec import EncoderSpec
from athenaeum.errors import ModelError

TEXTS = ["a lion sleeps", "", "the bear eats honey in the forest " * 12, "warning", "set chunk size"] * 4


@pytest.fixture(scope="module")
def folder(make_model: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = make_model("bert", dimension=48, pooling="cls", prompts={"query": "query: ", "document": "passage: "})
    return prepare_encoder(str(model), precision="int8", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return open_encoder(folder)


def test_workers_and_neighbours_never_show_in_a_vector(encoder: Encoder) -> None:
    alone = [encoder.embed_passages([text], workers=1)[0] for text in TEXTS]
    for workers in (1, 2, 5):
        together = encoder.embed_passages(TEXTS, workers=workers)
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, other)
    backwards = encoder.embed_passages(TEXTS[::-1])[::-1]
    for one, other in zip(alone, backwards, strict=True):
        np.testing.assert_array_equal(one, other)


def test_shapes_types_and_lengths(encoder: Encoder) -> None:
    rows = encoder.embed_passages(TEXTS)
    assert {row.dtype for row in rows} == {np.dtype(np.float32)}
    assert all(row.ndim == 2 and row.shape[1] == 48 for row in rows)
    assert len(rows[2]) > 1
    np.testing.assert_allclose([np.linalg.norm(vector) for row in rows for vector in row], 1.0, atol=1e-5)
    query = encoder.embed_query("lion " * 500)
    assert (query.shape, query.dtype) == ((48,), np.float32)
    assert np.linalg.norm(query) == pytest.approx(1.0, abs=1e-5)


def test_a_long_text_is_embedded_in_windows_and_never_cut_off(encoder: Encoder) -> None:
    text = TEXTS[2]
    parts = encoder.split(text)
    assert "".join(parts) == text
    whole = encoder.embed_passages([text])[0]
    np.testing.assert_array_equal(whole, np.concatenate(encoder.embed_passages(parts)))
    narrow = encoder.embed_passages([text], window=16)[0]
    assert len(narrow) == len(encoder.split(text, window=16)) > len(whole)
    changed = encoder.embed_passages([text + "lion"])[0]
    assert not np.array_equal(changed[-1], whole[-1])


def test_queries_and_passages_get_their_own_prefix(encoder: Encoder) -> None:
    assert (encoder.spec.query_prefix, encoder.spec.passage_prefix) == ("query: ", "passage: ")
    assert not np.allclose(encoder.embed_query("lion"), encoder.embed_passages(["lion"])[0][0], atol=1e-3)


def test_special_tokens_in_a_text_are_text(encoder: Encoder) -> None:
    assert encoder.count_tokens("[SEP]") > 1
    assert len(encoder.embed_passages(["lion [SEP] [CLS] [MASK] bear"])[0]) == 1


def test_progress_counts_every_text(encoder: Encoder) -> None:
    steps: list[tuple[str, int, int]] = []
    encoder.embed_passages(TEXTS[:3], progress=lambda *step: steps.append(step))
    assert steps == [("embed", 1, 3), ("embed", 2, 3), ("embed", 3, 3)]


def test_stopping_early_leaves_no_thread_behind(encoder: Encoder) -> None:
    import threading

    before = threading.active_count()
    stream = encoder.iter_passages(TEXTS, workers=3)
    next(stream)
    stream.close()
    assert threading.active_count() == before


def test_the_runtime_reports_nothing_about_its_user(folder: Path, tmp_path: Path) -> None:
    # Its own tests and CI services silence it, which would hide that we do not.
    silent = ("CI", "ORT_", "GITHUB_", "TF_BUILD", "XDG_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(silent)}
    script = (
        "import os, sys; from pathlib import Path; from athenaeum.embeddings.encoder import open_encoder\n"
        "open_encoder(Path(sys.argv[1])).embed_query('lion'); print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    run = [sys.executable, "-c", script, str(folder)]
    done = subprocess.run(run, env={**environment, "HOME": str(tmp_path)}, check=True, capture_output=True, text=True)
    assert done.stdout == "1\n"
    # The id of the machine and the queue of reports, which onnxruntime 1.29 and later keep in the cache folder.
    assert not list(tmp_path.rglob("*"))


def test_opening_imports_neither_torch_nor_the_exporter(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from athenaeum.embeddings.encoder import open_encoder\n"
        "open_encoder(Path(sys.argv[1])).embed_query('lion')\n"
        "assert not {'torch', 'transformers', 'onnx', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)


@pytest.mark.parametrize("damage", ["encoder.json", "model.onnx", "tokenizer.json"])
def test_a_damaged_folder_is_a_model_error(damage: str, folder: Path, tmp_path: Path) -> None:
    for number, data in enumerate((None, b"", b"{}", os.urandom(64))):
        copy = shutil.copytree(folder, tmp_path / str(number))
        if data is None:
            (copy / damage).unlink()
        else:
            (copy / damage).write_bytes(data)
        with pytest.raises(ModelError) as caught:
            open_encoder(copy)
        assert caught.value.remedy


def test_a_spec_survives_json_and_refuses_nonsense(encoder: Encoder) -> None:
    data = json.loads(json.dumps(encoder.spec.to_json()))
    assert EncoderSpec.from_json({**data, "unknown": 1}) == encoder.spec
    for name in data:
        for wrong in (None, [], 1.5):
            with pytest.raises(ModelError, match=name):
                EncoderSpec.from_json({**data, name: wrong})


def test_all_cores_of_this_process_are_used() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)

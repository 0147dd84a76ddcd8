"""Any Hugging Face encoder becomes an encoder of ours, with the vectors sentence-transformers would give."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from athenaeum.embeddings.encoder import open_encoder, read_spec
from athenaeum.embeddings.prepare import check_parity, is_whole, prepare_encoder
from athenaeum.embeddings.quantise import Loss
from athenaeum.embeddings.source import DEFAULT_MODEL
from athenaeum.errors import DiskError, ModelError, ParityError

TEXTS = [
    "a lion sleeps under the tree",
    "Set chunk size and overlap!",
    "honey",
    "warning: deleting 文 cannot be undone",
]
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize(
    "shape",
    [
        {"kind": "bert", "dimension": 32, "pooling": "mean"},
        {"kind": "bert", "dimension": 48, "pooling": "cls", "prompts": {"query": "query: ", "document": "passage: "}},
        {"kind": "distilbert", "dimension": 64, "pooling": "max", "normalize": False},
        {"kind": "roberta", "dimension": 32, "pooling": "lasttoken"},
        {"kind": "mpnet", "dimension": 32, "pooling": None},
    ],
    ids=lambda shape: "-".join(str(value) for value in shape.values() if isinstance(value, str | int)),
)
def test_vectors_equal_those_of_sentence_transformers(
    shape: dict[str, Any], make_model: Make, reference: Callable[..., Any], cache: Path
) -> None:
    model = make_model(**shape)
    encoder = open_encoder(prepare_encoder(str(model), precision="fp32", cache=cache))
    prompts = shape.get("prompts", {})
    expected = reference(model, TEXTS, prompt=prompts.get("passage", prompts.get("document", "")))
    found = np.concatenate(encoder.embed_passages(TEXTS))
    assert encoder.spec.dimension == found.shape[1] == shape["dimension"]
    np.testing.assert_allclose(found, expected, atol=2e-5)
    asked = np.stack([encoder.embed_query(text) for text in TEXTS])
    np.testing.assert_allclose(asked, reference(model, TEXTS, prompt=prompts.get("query", "")), atol=2e-5)


def test_the_default_model_needs_no_hub_and_keeps_int8(reference: Callable[..., Any], tmp_path: Path) -> None:
    from athenaeum.embeddings.source import find_source

    steps: list[tuple[str, int, int]] = []
    # Its own cache: the export itself is under test, once.
    folder = prepare_encoder(cache=tmp_path, progress=lambda *step: steps.append(step))
    card = json.loads((folder / "encoder.json").read_text())
    encoder = open_encoder(folder)
    assert (card["name"], card["precision"], card["dimension"], card["max_length"]) == (DEFAULT_MODEL, "int8", 384, 256)
    assert card["export"]["parity"] >= 0.999
    assert "mean reciprocal rank" in card["export"]["quantisation"]
    assert steps[-1] == ("export", 3, 3)
    found = np.concatenate(encoder.embed_passages(TEXTS))
    cosine = np.sum(found * reference(find_source("").folder, TEXTS), axis=1)
    assert cosine.min() > 0.97


def test_a_second_use_neither_exports_nor_imports_torch(make_model: Make, cache: Path) -> None:
    model = make_model()
    folder = prepare_encoder(str(model), cache=cache)
    script = (
        "import sys; from pathlib import Path; from athenaeum.embeddings.prepare import prepare_encoder\n"
        "print(prepare_encoder(sys.argv[1], cache=Path(sys.argv[2])))\n"
        "assert not {'torch', 'transformers', 'onnx'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(model), str(cache)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(folder)


def test_the_encoder_of_an_index_is_reused_before_anything_is_exported(
    make_model: Make, cache: Path, tmp_path: Path
) -> None:
    model = make_model()
    folder = prepare_encoder(str(model), cache=cache)
    assert prepare_encoder(str(model), cache=tmp_path, reuse=[tmp_path / "none", folder]) == folder
    assert not (tmp_path / "encoders").exists()


def test_the_digest_follows_weights_tokenizer_traits_and_precision_but_not_the_place(
    make_model: Make, tmp_path: Path
) -> None:
    from athenaeum.embeddings.identity import encoder_digest
    from athenaeum.embeddings.source import find_source
    from athenaeum.embeddings.traits import read_traits

    def digest(folder: Path, precision: str = "") -> str:
        source = find_source(str(folder))
        return encoder_digest(source, read_traits(source.folder), precision=precision, cache=tmp_path)

    model = make_model()
    first = digest(model)
    copy = shutil.copytree(model, tmp_path / "copy")
    assert digest(copy) == first
    assert digest(model, "fp32") != first
    (copy / "sentence_bert_config.json").write_text('{"max_seq_length": 32}')
    assert digest(copy) != first
    other = shutil.copytree(model, tmp_path / "other")
    weights = bytearray((other / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (other / "model.safetensors").write_bytes(weights)
    assert digest(other) != first
    third = shutil.copytree(model, tmp_path / "third")
    (third / "tokenizer_config.json").write_text("{}")
    assert digest(third) != first


def test_a_small_model_that_loses_by_int8_stays_fp32_and_says_so(make_model: Make, cache: Path) -> None:
    # Random weights far apart suffer from 7 bits; the measurement decides, and the card tells it.
    model = make_model(dimension=32, pooling="cls", name="fragile")
    card = json.loads((prepare_encoder(str(model), cache=cache) / "encoder.json").read_text())
    assert "mean cosine" in card["export"]["quantisation"]
    forced = read_spec(prepare_encoder(str(model), cache=cache, precision="int8"))
    assert forced.precision == "int8"
    assert forced.digest != card["digest"]
    assert Loss(fp32=0.9, int8=0.86, cosine=0.99).acceptable is False
    assert Loss(fp32=0.9, int8=0.89, cosine=0.96).acceptable is False
    assert Loss(fp32=0.9, int8=0.89, cosine=0.99).acceptable is True


def test_an_export_that_gives_other_vectors_is_refused(make_model: Make, cache: Path) -> None:
    folder = prepare_encoder(str(make_model()), precision="fp32", cache=cache)
    encoder = open_encoder(folder)
    right = np.concatenate(encoder.embed_passages(TEXTS))
    assert check_parity(folder, right, texts=TEXTS) == pytest.approx(1.0)
    wrong = right.copy()
    wrong[2] = np.roll(wrong[2], 1)
    with pytest.raises(ParityError, match="other vectors"):
        check_parity(folder, wrong, texts=TEXTS)
    with pytest.raises(ParityError):
        check_parity(folder, np.full_like(right, np.nan), texts=TEXTS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"extra_module": "Dense"}, "Dense"),
        ({"pooling": ""}, "Pooling"),
        ({"pooling": {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}}, "pooling"),
        ({"pooling": {"pooling_mode_mean_tokens": True, "include_prompt": False}, "prompts": {"query": "q"}}, "prompt"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_a_sentence(
    change: dict[str, Any], words: str, make_model: Make, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        prepare_encoder(str(make_model(**change)), cache=tmp_path)
    assert caught.value.remedy


def test_models_that_are_not_there_are_one_sentence_with_a_remedy(tmp_path: Path) -> None:
    for model, words in (
        ("nobody/has-this-model", "hub cannot be reached"),
        (str(tmp_path / "absent"), "no folder"),
        ("../up/../away", "no folder"),
    ):
        with pytest.raises(ModelError, match=words) as caught:
            prepare_encoder(model, cache=tmp_path)
        assert caught.value.remedy
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"no config\.json"):
        prepare_encoder(str(tmp_path / "empty"), cache=tmp_path)
    (tmp_path / "empty" / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match="no weights"):
        prepare_encoder(str(tmp_path / "empty"), cache=tmp_path)
    (tmp_path / "empty" / "config.json").write_text("{not json")
    with pytest.raises(ModelError, match="cannot be read"):
        prepare_encoder(str(tmp_path / "empty"), cache=tmp_path)
    (tmp_path / "empty" / "config.json").write_text('{"auto_map": {"AutoModel": "evil.Model"}, "model_type": "evil"}')
    (tmp_path / "empty" / "model.safetensors").write_bytes(b"")
    (tmp_path / "empty" / "evil.py").write_text("raise SystemExit('ran')")
    with pytest.raises(ModelError, match="could not be loaded"):
        prepare_encoder(str(tmp_path / "empty"), cache=tmp_path)


@pytest.mark.parametrize("kept", ["pickle", "torn", "nonsense"])
def test_weights_that_cannot_be_read_are_a_sentence_and_run_nothing(
    kept: str, make_model: Make, tmp_path: Path
) -> None:
    model = shutil.copytree(make_model(), tmp_path / "model")
    weights = model / "model.safetensors"
    if kept == "pickle":
        weights.unlink()
        # A class that runs when it is unpickled; torch reads tensors alone.
        ran = f"c__builtin__\nexec\n(Vopen({str(tmp_path / 'ran')!r}, 'w').close()\ntR."
        (model / "pytorch_model.bin").write_bytes(ran.encode())
    else:
        weights.write_bytes(weights.read_bytes()[:-9] if kept == "torn" else b"nonsense" * 9)
    with pytest.raises(ModelError, match="could not be loaded"):
        prepare_encoder(str(model), cache=tmp_path)
    assert not (tmp_path / "ran").exists()


def test_changed_weights_of_the_default_are_refused(tmp_path: Path) -> None:
    from athenaeum.embeddings.identity import encoder_digest
    from athenaeum.embeddings.source import Source, find_source
    from athenaeum.embeddings.traits import read_traits

    source = find_source("")
    fake = tmp_path / "model"
    fake.mkdir()
    for path in source.folder.iterdir():
        if path.is_file() and path.suffix in (".json", ".txt"):
            (fake / path.name).write_bytes(path.read_bytes())
    (fake / "1_Pooling").mkdir()
    (fake / "1_Pooling" / "config.json").write_bytes((source.folder / "1_Pooling" / "config.json").read_bytes())
    (fake / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelError, match="not the published ones"):
        encoder_digest(replace(source, folder=fake), read_traits(fake), precision="", cache=tmp_path)
    assert isinstance(source, Source)


def test_without_torch_a_new_model_names_the_install_command(make_model: Make, tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from pathlib import Path\n"
        "from athenaeum.embeddings.prepare import prepare_encoder\n"
        "from athenaeum.errors import MissingExtraError\n"
        "try:\n    prepare_encoder(sys.argv[1], cache=Path(sys.argv[2]))\n"
        "except MissingExtraError as error:\n    print(error.message, '|', error.remedy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(make_model()), str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert 'pip install "athenaeum-deploy[index]"' in done.stdout
    assert "torch" in done.stdout
    assert list((tmp_path / "encoders").glob("*/")) == []


def test_a_killed_export_leaves_nothing_that_is_taken_for_an_encoder(make_model: Make, tmp_path: Path) -> None:
    model = make_model()
    script = (
        "import sys; from pathlib import Path; from athenaeum.embeddings.prepare import prepare_encoder\n"
        "prepare_encoder(sys.argv[1], cache=Path(sys.argv[2]), progress=lambda *step: print(*step, flush=True))"
    )
    command = [sys.executable, "-c", script, str(model), str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().split() == ["export", "0", "3"]
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not [path for path in (tmp_path / "encoders").iterdir() if is_whole(path)]
    assert [path for path in (tmp_path / "encoders").iterdir() if path.is_dir()]
    folder = prepare_encoder(str(model), cache=tmp_path)
    assert is_whole(folder)
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [folder.name]


def test_two_processes_make_a_torn_encoder_again_once(make_model: Make, tmp_path: Path, cache: Path) -> None:
    model = make_model()
    whole = prepare_encoder(str(model), cache=cache)
    torn = tmp_path / "encoders" / whole.name
    shutil.copytree(whole, torn)
    (torn / "model.onnx").write_bytes(b"half")
    assert not is_whole(torn)
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        first, second = pool.starmap(_prepare, [(str(model), tmp_path)] * 2)
    assert first[0] == second[0] == str(torn)
    assert sorted([first[1], second[1]]) == [False, True]
    assert is_whole(torn)
    open_encoder(torn)


def _prepare(model: str, cache: Path) -> tuple[str, bool]:
    steps: list[str] = []
    folder = prepare_encoder(model, cache=cache, progress=lambda phase, *_: steps.append(phase))
    return str(folder), bool(steps)


def test_a_cache_below_a_file_is_a_disk_error(make_model: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="cannot be kept"):
        prepare_encoder(str(make_model()), cache=tmp_path / "file")

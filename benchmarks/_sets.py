"""The question sets of the retrieval benchmark: how each is indexed, and how a list of hits is scored on it."""

import csv
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from athenaeum.config import Chunking, Config, Docs
from athenaeum.evaluation.metrics import hit, reciprocal_rank
from athenaeum.evaluation.questions import read_questions
from athenaeum.evaluation.runner import rank_of, target_span
from athenaeum.index.text.words import identifiers
from athenaeum.ingestion.pipeline import build
from athenaeum.records import Hit
from athenaeum.retrieval.searcher import Searcher

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared"
BUN = HERE.parent / ".bench" / "corpora" / "bun"
"""The docs of Bun, if somebody put them there: `docs` of the npm package `bun-types` but for `lint` and `snippets`."""
WORK = HERE.parent / ".bench" / "retrieval"
Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and how its hits are scored."""

    text: str
    depth: int
    score: Callable[[Sequence[Hit]], Scores]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """`tuned` says whether the defaults were chosen with this set in sight."""

    name: str
    index: Path
    questions: Callable[[Searcher], list[Asked]]
    tuned: bool


def built(name: str, roots: Sequence[Path], *, size: int = 0) -> Path:
    """The index of a docs folder, brought up to date by the product's own build; `size` 0 is the default."""
    chunking = Chunking(size=size) if size else Chunking()
    target = WORK / name
    build(list(roots), output=target, config=Config(docs=Docs(paths=("docs",)), chunking=chunking))
    return target


def chroma(size: int) -> QuestionSet:
    """The five corpora of "Evaluating Chunking Strategies for Retrieval" (Chroma, 2024) pooled in one index."""
    root = SHARED / "eval" / "chroma-chunking"
    index = built(f"chroma-{size}", [root / "corpora"], size=size)
    return QuestionSet(f"chroma-chunking, {size}", index, lambda searcher: _chroma(root, searcher), tuned=True)


def _chroma(root: Path, searcher: Searcher) -> list[Asked]:
    places = {path: _places(root / "corpora" / path, searcher.pages.page(path).text) for path in searcher.pages.paths()}

    def spans(hits: Sequence[Hit]) -> list[tuple[str, int, int]]:
        chunks = searcher.pages.chunks([searcher.pages.find(found.id) for found in hits])
        return [
            (chunk.path, places[chunk.path][chunk.start], places[chunk.path][chunk.end - 1] + 1) for chunk in chunks
        ]

    asked = []
    with (root / "questions.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            wanted = [(entry["start_index"], entry["end_index"]) for entry in json.loads(row["references"])]
            path = f"{row['corpus_id']}.md"
            asked.append(
                Asked(row["question"], 5, lambda hits, path=path, wanted=wanted: _overlap(path, wanted, spans(hits)))
            )
    return asked


def _overlap(path: str, wanted: list[tuple[int, int]], spans: list[tuple[str, int, int]]) -> Scores:
    """Recall, precision and IoU over characters, as the paper defines them over tokens; other corpora are misses."""
    relevant = {at for start, end in wanted for at in range(start, end)}
    found = {(where, at) for where, start, end in spans for at in range(start, end)}
    both = sum((path, at) in found for at in relevant)
    union = len(found) + len(relevant) - both
    return {
        "recall@5": both / len(relevant),
        "precision": both / len(found) if found else 0.0,
        "IoU": both / union if union else 0.0,
    }


def _places(file: Path, text: str) -> list[int]:
    """For each character of the cleaned text its offset in the file: cleaning only leaves characters out."""
    raw, at, places = file.read_text(encoding="utf-8"), 0, []
    for character in text:
        while raw[at] != character:
            at += 1
        places.append(at)
        at += 1
    return places


def anthropic() -> QuestionSet:
    """232 sections of a product documentation, each a page of its own; a section counts at its best chunk's rank."""
    root = SHARED / "eval" / "anthropic-docs"
    docs, links = WORK / "anthropic-docs", {}
    for section in json.loads((root / "sections.json").read_text(encoding="utf-8")):
        page, _, anchor = re.sub(r"^https?://[^/]+/", "", section["chunk_link"]).partition("#")
        file = docs / page.strip("/") / f"{(anchor or 'index').replace('/', '-')}.md"
        while file.relative_to(docs).as_posix() in links:
            file = file.with_name(f"{file.stem}-again.md")
        links[file.relative_to(docs).as_posix()] = section["chunk_link"]
        heading = section["chunk_heading"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {heading}\n{section['text'].removeprefix(heading)}", encoding="utf-8")
    questions = json.loads((root / "questions.json").read_text(encoding="utf-8"))

    def score(hits: Sequence[Hit], right: set[str]) -> Scores:
        ranked = list(dict.fromkeys(links[found.path] for found in hits))
        ranks = [ranked.index(link) + 1 if link in ranked else 0 for link in sorted(right)]
        return {"MRR@3": reciprocal_rank(ranks, k=3), "recall@5": sum(0 < rank <= 5 for rank in ranks) / len(ranks)}

    def asked(_searcher: Searcher) -> list[Asked]:
        return [
            Asked(row["question"], 50, lambda hits, right=set(row["correct_chunks"]): score(hits, right))
            for row in questions
        ]

    return QuestionSet("anthropic-docs", built("anthropic-index", [docs]), asked, tuned=True)


def own(name: str, roots: Sequence[Path], file: Path, *, tuned: bool) -> QuestionSet:
    """A questions file about a docs folder, scored by page as `athenaeum evaluate` does."""

    def asked(searcher: Searcher) -> list[Asked]:
        made = []
        for question in read_questions(file):
            spans = [target_span(target, searcher.pages) for target in question.targets]

            def score(hits: Sequence[Hit], question=question, spans=spans) -> Scores:
                ranks = [rank_of(target, span, hits) for target, span in zip(question.targets, spans, strict=True)]
                return {"hit@1": hit(ranks, k=1), "MRR@10": reciprocal_rank(ranks), "hit@5": hit(ranks, k=5)}

            made.append(Asked(question.text, 10, score))
        return made

    return QuestionSet(name, built(name.replace(" ", "-").replace("'", ""), roots), asked, tuned=tuned)


_MOST_NAMES = 200


def headings(name: str, found: QuestionSet) -> QuestionSet:
    """Every identifier that a heading shows as code, asked for by itself; the section it heads is the answer."""

    def asked(searcher: Searcher) -> list[Asked]:
        places: dict[str, list[tuple[str, int, int]]] = {}
        for path in searcher.pages.paths():
            page = searcher.pages.page(path)
            for section in page.sections:
                line = page.text[section.start :].partition("\n")[0]
                for shown in re.findall(r"`([^`\s]+)`", line if section.level else ""):
                    if any(identifiers(shown)):
                        places.setdefault(shown, []).append((path, section.start_line, section.end_line))
        # Every so many of them by the alphabet: a fixed choice that favours no page.
        names = sorted(places)
        names = names[:: -(-len(names) // _MOST_NAMES)] if names else []

        def score(hits: Sequence[Hit], right: list[tuple[str, int, int]]) -> Scores:
            ranks = [
                rank
                for rank, one in enumerate(hits, start=1)
                if any(
                    one.path == path and one.start_line <= last and first <= one.end_line for path, first, last in right
                )
            ][:1]
            return {"hit@1": hit(ranks, k=1), "MRR@10": reciprocal_rank(ranks), "hit@5": hit(ranks, k=5)}

        return [Asked(shown, 10, lambda hits, right=places[shown]: score(hits, right)) for shown in names]

    return QuestionSet(f"{name}, identifiers of headings", found.index, asked, tuned=True)


def with_slips(found: QuestionSet) -> QuestionSet:
    """The same questions with one slip of the finger in the longest word of each, always the same one."""

    def asked(searcher: Searcher) -> list[Asked]:
        return [Asked(_slip(one.text, at), one.depth, one.score) for at, one in enumerate(found.questions(searcher))]

    return QuestionSet(f"{found.name}, with slips", found.index, asked, tuned=found.tuned)


def _slip(text: str, number: int) -> str:
    words = text.split()
    longest = max(range(len(words)), key=lambda at: len(words[at]))
    word = words[longest]
    if len(word) < 5:
        return text
    at = 1 + number * 7 % (len(word) - 2)
    kinds = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + "x" + word[at:],
    )
    words[longest] = kinds[number % 3]
    return " ".join(words)

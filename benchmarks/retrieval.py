"""Retrieval quality on every question set there is, by words, by vectors and by both, through the product's own path.

Indexes are kept in .bench/ and brought up to date, so a second run only searches.
"""

import statistics
import sys
from dataclasses import replace

from _sets import BUN, HERE, SHARED, QuestionSet, Scores, anthropic, chroma, headings, own, with_slips

from athenaeum.evaluation.metrics import mean
from athenaeum.index.release import open_release
from athenaeum.retrieval.ranking import DEFAULT, Ranking
from athenaeum.retrieval.searcher import searcher_of

WITHOUT = {
    "title": 0.0, "headings": 0.0, "names": 0.0, "description": 0.0, "path": 0.0,
}  # fmt: skip
VARIANTS: dict[str, Ranking] = {
    "hybrid (shipped)": DEFAULT,
    "words only": replace(DEFAULT, dense=0.0),
    "vectors only": replace(DEFAULT, dense=1.0),
    "hybrid, no context field": replace(DEFAULT, boosts={**DEFAULT.boosts, "context": 0.0}),
    "hybrid, no heading vectors": replace(DEFAULT, heading=0.0),
    "hybrid, no title, heading and path fields": replace(DEFAULT, boosts={**DEFAULT.boosts, **WITHOUT}),
    "hybrid, no texts of links": replace(DEFAULT, boosts={**DEFAULT.boosts, "links": 0.0}),
    "hybrid, no identifiers of headings": replace(DEFAULT, boosts={**DEFAULT.boosts, "names": 0.0}),
    "hybrid, no identifier field": replace(
        DEFAULT, boosts={**DEFAULT.boosts, "identifier": 0.0, "names": 0.0, "code": 0.0}
    ),
    "hybrid, best passage only": replace(DEFAULT, best=1.0),
}
TARGETS = {
    ("chroma-chunking, 1600", "recall@5"): 0.955,
    ("chroma-chunking, 400", "recall@5"): 0.80,
    ("anthropic-docs", "MRR@3"): 0.95,
    ("anthropic-docs", "recall@5"): 0.87,
}


def sets() -> list[QuestionSet]:
    """Every set whose data is on this machine."""
    found = [own("own docs", [HERE.parent / "docs"], HERE / "questions" / "own.yml", tuned=True)]
    if SHARED.is_dir():
        fastapi = own(
            "fastapi", [SHARED / "corpora/fastapi/docs/en/docs"], HERE / "questions" / "fastapi.yml", tuned=True
        )
        astro = own("astro", [SHARED / "corpora/astro/docs"], HERE / "questions" / "astro.yml", tuned=True)
        identified = [headings("fastapi", fastapi), headings("astro", astro)]
        found += [
            chroma(1600),
            chroma(400),
            anthropic(),
            fastapi,
            with_slips(fastapi),
            astro,
            with_slips(astro),
            *identified,
        ]
    if BUN.is_dir():
        found.append(own("bun", [BUN], HERE / "questions" / "bun.yml", tuned=False))
    return found


def run(chosen: QuestionSet) -> dict[str, list[Scores]]:
    """Each variant's scores, question by question."""
    searcher = searcher_of(open_release(chosen.index))
    try:
        asked = chosen.questions(searcher)
        rows = {}
        for name, ranking in VARIANTS.items():
            searcher.ranking = ranking
            rows[name] = [one.score(searcher.search(one.text, limit=one.depth)) for one in asked]
        return rows
    finally:
        searcher.close()


def main() -> int:
    """Print the tables."""
    print("## Retrieval\n")
    print("Mean over the questions with a 95 % bootstrap interval. ", end="")
    print("Sets marked * were in sight when the defaults were chosen.")
    for chosen in sets():
        print(f"  {chosen.name}", file=sys.stderr, flush=True)
        rows = run(chosen)
        names = list(rows["hybrid (shipped)"][0])
        count = len(rows["hybrid (shipped)"])
        print(f"\n### {chosen.name}{' *' if chosen.tuned else ''} ({count} questions)\n")
        print(f"| variant | {' | '.join(names)} |\n| --- |{' --- |' * len(names)}")
        for variant, scores in rows.items():
            cells = []
            for name in names:
                value = mean([one[name] for one in scores])
                cells.append(f"{100 * value.value:.1f} ({100 * value.low:.1f} to {100 * value.high:.1f})")
            print(f"| {variant} | {' | '.join(cells)} |")
        for (where, name), target in TARGETS.items():
            if where == chosen.name:
                reached = statistics.mean(one[name] for one in rows["hybrid (shipped)"])
                print(f"\nBudget: {name} at least {100 * target:.1f}; measured {100 * reached:.1f}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

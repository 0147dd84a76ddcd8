"""A pull request as docs/pull-requests.md shows it: the page is rendered by the code that writes the comment."""

from athenaeum.action.comparison.losses import Loss
from athenaeum.action.measuring import Measured, Moved
from athenaeum.action.pull_request.changes import Changes, ChunkChanges, Contents, Place
from athenaeum.action.pull_request.check_report import CheckReport, render
from athenaeum.action.pull_request.gate_changes import GateChange
from athenaeum.documents.links.links import BrokenLink
from athenaeum.evaluation.comparison import moves
from athenaeum.evaluation.questions import Question, Target
from athenaeum.evaluation.runner import Evaluation, Result
from athenaeum.ingestion.plan import Plan
from athenaeum.records import Hit

COMMIT = "4f52201c71850d1f0b0a6c6f3d5f7c1f2b9a8e77"
BASE = "a81f03c2d5e6f7089a1b2c3d4e5f60718293a4b5"
BLOB = f"https://github.com/acme/widgets/blob/{COMMIT}/docs"


def sample_report() -> str:
    """The comment of a pull request that improves one page, loses a section and an image, and buries one answer."""
    asked = (
        ("how do I install a widget on Windows", "install.md#windows", 1, 1),
        ("what is the default colour of a widget", "widgets.md", 3, 1),
        ("how do I undo a wrong import", "undo.md", 1, 4),
        ("which formats can be exported", "export.md", 2, 2),
        ("where are the logs", "operations.md#logs", 1, 1),
        ("how do I move to version 2", "upgrade.md", 1, 1),
        ("can two people edit at once", "sharing.md", 1, 1),
        ("what does error 17 mean", "errors.md", 2, 2),
    )
    before, now = (evaluation(release, asked, at) for release, at in (("9d2c41aa0b7fe5f31c84", 2), ("b1", 3)))
    found = {
        2: hit("widgets.md", 5, 9, ("Widgets", "Colours")),
        3: hit("import.md", 40, 58, ("Import", "Undo history")),
    }
    measured = Measured(
        file=".athenaeum/questions.yml",
        now=now,
        before=before,
        moved=tuple(Moved(move, found[move.number]) for move in moves(before, now)),
        reasons=("mrr is 0.781, below the threshold of 0.800.",),
        verdict="warn",
    )
    changes = Changes(
        before=Contents(pages=42, chunks=388, size=1_214_000),
        now=Contents(pages=42, chunks=391, size=1_226_000),
        pages=Plan(changed=("import.md", "undo.md", "widgets.md")),
        chunks=ChunkChanges(added=4, changed=3, removed=1),
        hidden=(Place("docs/import.md", 44, "Removed 2 hidden characters (U+200B ZERO WIDTH SPACE)"),),
        losses=(
            Loss(
                "section",
                "undo.md",
                "Undo › Undo an import",
                "docs/undo.md",
                12,
                31,
                questions=((3, "how do I undo a wrong import"),),
            ),
            Loss(
                "paragraph", "widgets.md", "Widgets › Sizes", "docs/widgets.md", 20, 24, 2, "A small widget has four…"
            ),
            Loss(
                "image",
                "widgets.md",
                "img/sizes.png",
                "docs/widgets.md",
                18,
                18,
                note="deleted",
                now_file="docs/widgets.md",
                now_line=17,
            ),
        ),
        headings=(("import.md", "History", "import.md", "Undo history"),),
        files=("docs/img/sizes.png",),
    )
    link = BrokenLink("docs/widgets.md", 12, "palette.md#blue", "no such page or file")
    old = BrokenLink("docs/export.md", 7, "../samples/big.csv", "no such page or file")
    return render(
        CheckReport(
            changes=changes,
            measured=measured,
            links=(old, link),
            new_links=(link,),
            compared="the live release `9d2c41aa0b7fe5f31c84` (commit `a81f03c2d5e6`)",
            gate=(GateChange("evaluation.thresholds.max_drop goes from 0.02 to 0.05", weaker=True),),
            embedded=9,
            texts=1_240,
            embed_seconds=0.4,
            repository="acme/widgets",
            commit=COMMIT,
            base=BASE,
        )
    )


def evaluation(release: str, asked: tuple[tuple[str, str, int, int], ...], at: int) -> Evaluation:
    """The results of a release; `at` is the place of its ranks in the rows."""
    results = []
    for line, row in enumerate(asked, start=1):
        page, _, heading = row[1].partition("#")
        question = Question(row[0], (Target(page, heading),), line=line * 3 - 2)
        results.append(Result(question, (int(row[at]),), ()))
    return Evaluation(release, tuple(results))


def hit(path: str, first: int, last: int, headings: tuple[str, ...]) -> Hit:
    """A passage that is found first."""
    link = f"{BLOB}/{path}?plain=1#L{first}-L{last}"
    return Hit(path, headings[0], headings, "", path, first, last, "", link, 1.0)

"""Reads a conversation: who said what, and what to search for so that a follow-up keeps its context. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_QUERY = 2_000
"""Characters of one retrieval query; of a longer message the beginning and the end are kept."""
_FOLLOW_UP_WORDS = 6
"""A question of fewer words than this rarely stands alone when something was said before it."""
_REFERS_BACK = re.compile(
    r"\b(it|its|they|them|their|this|that|these|those|there|then|he|she|one|ones|same|above|previous|earlier|former|"
    r"latter|instead|also|else|too|again|example)\b|^\s*(and|but|or|so|what about|how about|why|what if|then)\b|"
    # German, French, Spanish, Portuguese, Italian: what stands for a thing already named, and how a follow-up begins.
    r"\b(es|das|dies\w*|dort|dabei|dafür|damit|davon|dazu|ihn|ihm|ça|cela|ceci|celui\w*|celle\w*|eso|esto|aquello|"
    r"isso|isto|aquilo|questo|quello|ciò)\b|^\s*(und|aber|oder|warum|et|mais|ou|pourquoi|y|pero|e|mas|ma)\b",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\s?\[\d{1,3}\]")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `role` is `system`, `user` or `assistant`; `text` is all of its text parts."""

    role: str
    text: str


def question_of(turns: Sequence[Turn]) -> str:
    """The last thing the user said, or ""."""
    return next((turn.text for turn in reversed(turns) if turn.role == "user"), "")


def queries_of(turns: Sequence[Turn]) -> list[str]:
    """What to search for, the most telling first: the last question, and for a follow-up also with its context.

    The context is what the user asked before and how the answer to it began; the two searches are merged by the caller.
    """
    question = question_of(turns)
    asked = [turn.text for turn in turns if turn.role == "user" and turn.text.strip()]
    if not question.strip():
        return []
    if len(asked) < 2 or not refers_back(question):
        return [_shortened(question)]
    before = asked[-2]
    answers = [turn.text for turn in turns if turn.role == "assistant"]
    began = _CITATION.sub("", answers[-1])[:200] if answers else ""
    # A follow-up to a follow-up: the subject was named in the question before that.
    subject = asked[-3] if len(asked) > 2 and refers_back(before) else ""
    context = " ".join(part for part in (subject, before, question) if part)
    return [_shortened(context), _shortened(question), _shortened(f"{context} {began}")]


def refers_back(question: str) -> bool:
    """Whether a question seems to need what was said before it."""
    words = re.findall(r"\w+", question)
    # Scripts without spaces give one "word" for a whole sentence, so characters count there.
    short = len(words) < _FOLLOW_UP_WORDS and len(question) < 40
    return short or bool(_REFERS_BACK.search(question))


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    half = MAX_QUERY // 2
    return text if len(text) <= MAX_QUERY else f"{text[: half - 1]} {text[-half:]}"

"""Which language a page is in, for the stemming of its words: what it says, its folder, its letters."""

import re
from collections import Counter
from functools import cache

_CODES = "ar bg bn ca cs da de el en es fa fi fr he hi hr hu it ja ko nl pl pt ro ru sk sr sv th tr uk ur uz vi zh"
_LANGUAGES = frozenset(_CODES.split())
_LOCALE = re.compile(r"([a-z]{2})(?:[-_]([A-Za-z]{2}|[Hh]an[st]))?")
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_COMMON = {
    "en": "the of and to is that for it with as this be are you can or not by from if",
    "de": "der die das und ist nicht mit ein eine für auf von zu sie werden wird oder den dem auch",
    "fr": "le les des est une pour dans que vous avec sur pas qui ce du aux cette sont par ou",
    "es": "el los las una para que con por del como es se su puede este esta más son no al",
    "pt": "os as uma para que com não por do da como você são mais seu isso em pode ao dos",
    "it": "il gli che una per con non del della sono di come può questo nel alla è dei anche si",
    "nl": "de het een van en voor met niet dat zijn op te wordt worden is aan deze ook als naar",
}
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 6000
_LEAST = 10


def language_of(written: str, path: str, text: str) -> str:
    """ISO 639-1 code; English when nothing speaks for another. `written` is what the front matter says."""
    for name in (written, path.partition("/")[0] if "/" in path else ""):
        found = _LOCALE.fullmatch(name)
        if found and found[1] in _LANGUAGES:
            return found[1]
    return _by_letters(text[:_SAMPLE]) or _by_words(text[:_SAMPLE])


def _by_letters(sample: str) -> str:
    if sample.isascii():
        return ""
    letters = len(re.findall(r"[^\W\d_]", sample))
    counts = {language: len(script.findall(sample)) for language, script in _SCRIPTS}
    # Japanese mixes kana with the ideographs of Chinese.
    if counts["ja"] > 0.05 * letters:
        return "ja"
    language = max(counts, key=lambda name: counts[name])
    # Code and names keep their Latin letters in every language; ideographs hold more than a letter each.
    least = 0.1 if language in {"zh", "ko"} else 0.3
    return language if counts[language] > max(_LEAST, least * letters) else ""


def _by_words(sample: str) -> str:
    words = Counter(word.lower() for word in _WORD.findall(sample))
    scores = {language: sum(words[word] for word in common) for language, common in _common().items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= _LEAST and scores[best] > 2 * scores["en"] else "en"


@cache
def _common() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in _COMMON.items()}

"""Cuts JavaScript and TypeScript into tokens: as much of it as reading a configuration file takes.

Every character is looked at once: a string that nothing closes is its line, a template or comment the rest of the text.
"""

import re

_TOKEN = re.compile(
    r"""(?P<space>\s++|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)
    |(?P<string>"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+')
    |(?P<template>`(?:\\.|[^`\\])*+`)
    |(?P<open>"(?:\\.|[^"\\\n])*+|'(?:\\.|[^'\\\n])*+|`(?:\\.|[^`\\])*+)
    |(?P<number>(?<![\w$])\d[\d_]*+(?:\.\d++)?)
    |(?P<name>[A-Za-z_$][\w$]*+)
    |(?P<mark>=>|\?\?|\|\||&&|\?\.|\.\.\.|[=!]==?|.)""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*+\]|[^/\\\[\n])++/[a-z]*+")
_CLOSING = frozenset({")", "]", "}"})


def tokens_of(text: str) -> list[tuple[str, str]]:
    """(kind, text) pairs; kinds are string, template, number, name, regex and mark. Blanks and comments go."""
    tokens: list[tuple[str, str]] = []
    at = no_regex = 0
    while at < len(text):
        operand = not tokens or (tokens[-1][0] == "mark" and tokens[-1][1] not in _CLOSING)
        if operand and text[at] == "/" and at >= no_regex:
            if regex := _REGEX.match(text, at):
                tokens.append(("regex", regex[0]))
                at = regex.end()
                continue
            # Nothing closes one that begins here; the line is not searched again for each slash in it.
            end = text.find("\n", at)
            no_regex = end if end >= 0 else len(text)
        found = _TOKEN.match(text, at)
        if found is None:
            break
        kind = str(found.lastgroup)
        if kind == "open":
            tokens.append(("mark", found[0][0]))
        elif kind != "space":
            tokens.append((kind, found[0]))
        at = found.end()
    return tokens

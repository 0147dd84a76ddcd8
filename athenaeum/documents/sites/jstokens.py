"""Cuts JavaScript and TypeScript into tokens: as much of it as reading a configuration file takes."""

import re

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<template>`(?:\\.|[^`\\])*`)
    |(?P<number>(?<![\w$])\d[\d_]*(?:\.\d+)?)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<mark>=>|\?\?|\|\||&&|\?\.|\.\.\.|[=!]==?|.)""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
_CLOSING = frozenset({")", "]", "}"})


def tokens_of(text: str) -> list[tuple[str, str]]:
    """(kind, text) pairs; kinds are string, template, number, name, regex and mark. Blanks and comments go."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        operand = not tokens or (tokens[-1][0] == "mark" and tokens[-1][1] not in _CLOSING)
        regex = _REGEX.match(text, at) if operand and text[at] == "/" else None
        if regex:
            tokens.append(("regex", regex[0]))
            at = regex.end()
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            break
        kind = str(found.lastgroup)
        if kind != "space":
            tokens.append((kind, found[0]))
        at = found.end()
    return tokens

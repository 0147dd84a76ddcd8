"""Values read from JavaScript configuration files as text, without running anything."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.documents.sites.javascript.jsvalues import UNKNOWN, Call, calls, read_config


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'a'", "a"),
        ('"it\\\'s"', "it's"),
        ("`plain`", "plain"),
        ("`${base}x`", "/b/x"),
        ("`${run()}x`", UNKNOWN),
        ("1_000", 1000),
        ("true", True),
        ("null", None),
        ("['a', , 'b', ...more]", ["a", "b", "m"]),
        ("base", "/b/"),
        ("base + 'c'", "/b/c"),
        ("nested.deep.value", "v"),
        ("process.env.URL ?? 'd'", "d"),
        ("process.env.URL || base", "/b/"),
        ("production ? 'x' : 'y'", UNKNOWN),
        ("{ a: 1 } as const", {"a": 1}),
        ("(/** @type {x} */ ({ a: 1 }))", {"a": 1}),
        ("() => ({ a: 1 })", UNKNOWN),
        ("async (x) => { return { a: '}' } }", UNKNOWN),
        ("/[/'\"]}/g", UNKNOWN),
        ("plugin({ a: 1 })", Call("plugin", [{"a": 1}])),
        ("new URL('x', import.meta.url)", UNKNOWN),
        ("missing", UNKNOWN),
        ("looped", UNKNOWN),
    ],
)
def test_an_expression_is_read_or_unknown_and_its_neighbours_stay(expression: str, value: Any) -> None:
    text = f"""
import x, {{ y }} from 'z' // it's a comment with {{ and '
const base: string = '/b/', other = 1
const more = ['m']
const nested = {{ deep: {{ value: 'v' }} }}
const looped = looped
export default {{
  before: 1, method(a) {{ return {{ wrong: 2 }} }}, get prop() {{ return 1 }},
  value: {expression},
  'after': 'ok', // end
}}
"""
    config = read_config(text)
    found = config["value"]
    if value is UNKNOWN:
        assert found is UNKNOWN or isinstance(found, Call)
    else:
        assert found == value
    assert (config["before"], config["after"]) == (1, "ok")


@pytest.mark.parametrize(
    "text",
    [
        "export default { title: 'x' }",
        "export default defineConfig({ title: 'x' })",
        "export default withMermaid(defineConfig({ title: 'x' }))",
        "const config: Config = { title: 'x' };\nexport default config;",
        "const config = { title: 'x' } satisfies Config\nmodule.exports = config",
        "module.exports = { title: 'x' }",
        "export default async () => ({ title: 'x' })",
        "module.exports = async function create() { const a = 1; return { title: 'x' } }",
        "function helper() { return { title: 'no' } }\nexport default async function make() { return { title: 'x' } }",
        "const helper = () => ({ title: 'no' })\nexport default function make() { return { title: 'x' } }",
        "export default defineConfig(({ mode }) => { return { title: 'x' } })",
    ],
)
def test_however_a_configuration_is_exported_it_is_found(text: str) -> None:
    assert read_config(text) == {"title": "x"}


def test_calls_are_found_by_name() -> None:
    config = read_config("export default { integrations: [mdx(), starlight({ title: 'T' }), ...rest()] }")
    assert calls(config["integrations"], "starlight") == [Call("starlight", [{"title": "T"}])]
    assert calls("no list", "starlight") == []


@given(st.text(alphabet="{}[]()'\"`,:;.=>/\\*$ \nabexport default const=", max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    read_config(text)
    read_config(f"export default {text}")


@pytest.mark.parametrize(
    "unit",
    ["{a:", "[", "(", "a(", "`", "${", "/*", "=>", "return ", "...", "const a=b;", "/", "a?.b", "export default "],
)
def test_pathological_files_are_read_in_little_time(unit: str) -> None:
    started = time.perf_counter()
    read_config("export default { x: " + unit * 5_000)
    assert time.perf_counter() - started < 5

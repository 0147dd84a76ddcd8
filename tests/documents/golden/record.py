"""Records what the generators themselves make: anchors.json for headings.json, docusaurus_slugs.json for doc paths.

Run by hand when a generator changes: `python record.py NODE_MODULES HUGO PYTHON`. NODE_MODULES holds
@astrojs/markdown-remark, @docusaurus/mdx-loader, @docusaurus/plugin-content-docs, @docusaurus/utils, remark-mdx,
remark-parse, unified and vitepress; HUGO is the hugo program; PYTHON has markdown and pymdown-extensions.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

MARKDOWN = """
import json, re, sys, markdown, html
from markdown.extensions import toc
from pymdownx.slugs import slugify
pages = json.load(sys.stdin)
kinds = {
    "mkdocs": {"toc": {}},
    "mkdocs/unicode": {"toc": {"slugify": toc.slugify_unicode}},
    "mkdocs/pymdownx": {"toc": {"slugify": slugify(case="lower")}},
    "mkdocs/separator": {"toc": {"separator": "_"}},
}
out = {}
for kind, config in kinds.items():
    out[kind] = {}
    for name, page in pages.items():
        made = markdown.markdown(page, extensions=["toc", "attr_list", "tables"], extension_configs=config)
        out[kind][name] = [html.unescape(found) for found in re.findall(r'<h2[^>]* id="([^"]*)"', made)]
json.dump(out, sys.stdout)
"""

NODE = """
import fs from 'fs'
import path from 'path'
import { createRequire } from 'module'
const modules = process.argv[2]
const require = createRequire(path.join(modules, 'x.js'))
const load = (name) => import(path.join(modules, name))
const pages = JSON.parse(fs.readFileSync(0, 'utf8'))
const out = {}
const { createMarkdownProcessor } = await load('@astrojs/markdown-remark/dist/index.js')
const processor = await createMarkdownProcessor({})
out.starlight = {}
for (const [name, page] of Object.entries(pages))
  out.starlight[name] = (await processor.render(page)).metadata.headings.map((heading) => heading.slug)
const { unified } = await load('unified/index.js')
const parse = (await load('remark-parse/index.js')).default
const mdx = (await load('remark-mdx/index.js')).default
const headings = require('@docusaurus/mdx-loader/lib/remark/headings').default
const { escapeMarkdownHeadingIds } = require('@docusaurus/utils')
out.docusaurus = {}
for (const [name, page] of Object.entries(pages)) {
  // Comments are MDX; the other pages hold what MDX refuses, and are read as CommonMark.
  const reader = name === 'comments' ? unified().use(parse).use(mdx) : unified().use(parse)
  const runner = reader.use(headings, { anchorsMaintainCase: false })
  const tree = await runner.run(runner.parse(escapeMarkdownHeadingIds(page)))
  out.docusaurus[name] = tree.children.filter((node) => node.type === 'heading').map((node) => node.data.id)
}
const { createMarkdownRenderer } = await load('vitepress/dist/node/index.js')
const renderer = await createMarkdownRenderer('/', { highlight: (text) => text })
out.vitepress = {}
for (const [name, page] of Object.entries(pages)) {
  try {
    const tokens = renderer.parse(page, {})
    out.vitepress[name] = tokens.filter((token) => token.type === 'heading_open').map((token) => token.attrGet('id'))
  } catch (error) {
    console.error(name, String(error))
  }
}
console.log(JSON.stringify(out))
process.exit(0)
"""

SLUGS = """
const fs = require('fs'), path = require('path')
const lib = path.join(process.argv[2], '@docusaurus/plugin-content-docs/lib')
const getSlug = require(path.join(lib, 'slug.js')).default
const { DefaultNumberPrefixParser, DisabledNumberPrefixParser } = require(path.join(lib, 'numberPrefix.js'))
const cases = JSON.parse(fs.readFileSync(0, 'utf8'))
console.log(JSON.stringify(cases.map(([source, front, strips]) => {
  const parser = strips ? DefaultNumberPrefixParser : DisabledNumberPrefixParser
  const use = front.parse_number_prefixes !== false
  const name = path.basename(source, path.extname(source))
  return getSlug({
    baseID: front.id ?? (use ? parser(name).filename : name), frontMatterSlug: front.slug, source,
    sourceDirName: path.dirname(source), stripDirNumberPrefixes: use, numberPrefixParser: parser,
  })
})))
"""

PATHS = (
    "intro.md", "index.md", "README.md", "guide/index.mdx", "guide/readme.md", "guide/Guide.md", "guide/INDEX.md",
    "01-intro.md", "01-guide/02-setup.md", "1. Basics/003 - Deep dive.md", "2021-11-foo.md", "7.0-foo.md",
    "guide/7.1.md", "a b/c d.md", "01-guide/01-guide.md", "01-guide/guide.md", "x/y/z.md", "--9.md", "9-.md",
    "1_a.md", "100.md",
)  # fmt: skip
FRONTS = (
    {}, {"slug": "/abs"}, {"slug": "rel"}, {"slug": "./rel/"}, {"slug": "../up"}, {"slug": "/"}, {"slug": "a/b"},
    {"id": "own-id"}, {"parse_number_prefixes": False},
)  # fmt: skip


def main(modules: str, hugo: str, python: str) -> None:
    headings = json.loads((HERE / "headings.json").read_text())
    pages = {
        name: "\n\n".join(f"## {heading}" for heading in page) + "\n\n[ref]: https://example.org\n"
        for name, page in headings.items()
    }
    given = json.dumps(pages)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "node.mjs"
        script.write_text(NODE)
        slugs = Path(folder) / "slugs.cjs"
        slugs.write_text(SLUGS)
        cases = [(path, front, strips) for path in PATHS for front in FRONTS for strips in (True, False)]
        made = json.loads(_run(["node", str(slugs), modules], json.dumps(cases)))
        lines = [json.dumps([*case, slug]) for case, slug in zip(cases, made, strict=True)]
        (HERE / "docusaurus_slugs.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
        recorded = json.loads(_run(["node", str(script), modules], given))
        recorded |= json.loads(_run([python, "-c", MARKDOWN], given))
        recorded |= {"hugo": _hugo(hugo, pages, "github"), "hugo/ascii": _hugo(hugo, pages, "github-ascii")}
        recorded |= {"hugo/blackfriday": _hugo(hugo, pages, "blackfriday")}
    for dialect, answers in recorded.items():
        for name, anchors in answers.items():
            if len(anchors) != len(headings[name]):
                print(dialect, name, len(anchors), "of", len(headings[name]))
    (HERE / "anchors.json").write_text(json.dumps(recorded, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def _run(command: list[str], given: str) -> str:
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True).stdout


def _hugo(program: str, pages: dict[str, str], kind: str) -> dict[str, list[str]]:
    import html
    import re

    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        (site / "content").mkdir()
        (site / "layouts").mkdir()
        settings = (
            f"[markup.goldmark.parser]\nautoHeadingIDType = '{kind}'\n[markup.goldmark.renderer]\nunsafe = true\n"
        )
        (site / "hugo.toml").write_text(
            f"baseURL = 'https://example.org/'\ndisableKinds = ['taxonomy', 'term']\n{settings}"
        )
        for layout in ("single", "list", "home", "page", "section"):
            (site / "layouts" / f"{layout}.html").write_text("{{ .Content }}")
        for name, page in pages.items():
            (site / "content" / f"{name}.md").write_text(f"---\ntitle: x\n---\n{page}")
        subprocess.run([program, "--source", folder, "--quiet"], check=True)
        made = {name: (site / "public" / name / "index.html").read_text() for name in pages}
    return {
        name: [html.unescape(found) for found in re.findall(r"<h2[^>]*? id=\"?([^\" >]*)", text)]
        for name, text in made.items()
    }


if __name__ == "__main__":
    main(*sys.argv[1:])

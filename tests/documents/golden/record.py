"""Records, in anchors.json, the anchors that the generators themselves give to the headings of headings.json.

Run by hand when a generator changes: `python record.py NODE_MODULES HUGO PYTHON`, where NODE_MODULES holds
@astrojs/markdown-remark, @docusaurus/mdx-loader, @docusaurus/utils, remark-mdx, remark-parse, unified and vitepress, HUGO is the hugo
program, and PYTHON an interpreter with markdown and pymdown-extensions.
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
        made = markdown.markdown(page, extensions=["toc", "attr_list", "fenced_code", "tables"], extension_configs=config)
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
        recorded = json.loads(_run(["node", str(script), modules], given))
        recorded |= json.loads(_run([python, "-c", MARKDOWN], given))
        recorded |= {"hugo": _hugo(hugo, pages, "github"), "hugo/ascii": _hugo(hugo, pages, "github-ascii")}
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

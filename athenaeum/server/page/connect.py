"""The panel that tells how to connect an agent or a program: ready snippets with this endpoint's own address. Pure."""

import json
import re

from athenaeum.server.page.html import escape


def render_connect(*, site: str, root: str, chat: bool) -> str:
    """The panel; `root` is the endpoint's absolute address."""
    name = slug(site)
    mcp = f"{root}/mcp"
    shown = [
        ("Claude Code", "In a terminal:", f"claude mcp add --transport http {name} {mcp}"),
        ("Cursor", "In .cursor/mcp.json:", _json({"mcpServers": {name: {"url": mcp}}})),
        ("VS Code", "In .vscode/mcp.json:", _json({"servers": {name: {"type": "http", "url": mcp}}})),
        ("Codex", "In ~/.codex/config.toml:", f'[mcp_servers.{name}]\nurl = "{mcp}"'),
        ("ChatGPT", "Settings → Connectors → Create, with this address:", mcp),
        (
            "curl",
            "Plain search, as JSON:",
            f"curl {root}/search \\\n  -H 'Content-Type: application/json' \\\n"
            + """  -d '{"query": "how do I start"}'""",
        ),
    ]
    if chat:
        shown.append(
            (
                "OpenAI SDK",
                "Cited answers, in Python:",
                f'from openai import OpenAI\n\nclient = OpenAI(base_url="{root}/v1", api_key="unused")\n'
                "answer = client.chat.completions.create(\n"
                '    model="athenaeum",\n    messages=[{"role": "user", "content": "How do I start?"}],\n)\n'
                "print(answer.choices[0].message.content)",
            )
        )
    items = "".join(
        f'<details name="client"{" open" if number == 0 else ""}><summary>{escape(client)}</summary>'
        f'<div class="snippet"><p>{escape(how)}</p><pre tabindex="0"><code>{escape(text)}</code></pre></div></details>'
        for number, (client, how, text) in enumerate(shown)
    )
    return (
        '<section id="connect" aria-labelledby="connect-title"><h2 id="connect-title">Connect your agent</h2>'
        f"<p>Give a coding agent these docs: it searches and reads them through the Model Context Protocol at "
        f'<code>{escape(mcp)}</code>.</p><div class="clients">{items}</div></section>'
    )


def slug(site: str) -> str:
    """A name that every client's configuration takes."""
    return re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")[:40] or "docs"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)

"""The panel that tells how to connect an agent or a program: ready snippets with this endpoint's own address. Pure."""

import base64
import json
import re
from dataclasses import dataclass
from urllib.parse import quote

from athenaeum.server.page.html import escape


@dataclass(frozen=True, slots=True)
class Snippet:
    """How one client is told: what to do, the text to copy, and a link that does it all where the client has one."""

    client: str
    how: str
    text: str
    link: str = ""
    label: str = ""


def render_connect(*, site: str, root: str, chat: bool, guarded: bool = False) -> str:
    """The panel; `root` is the endpoint's absolute address, `guarded` says that callers need a token."""
    items = "".join(
        _item(snippet, first=number == 0)
        for number, snippet in enumerate(snippets(site=site, root=root, chat=chat, guarded=guarded))
    )
    sign_in = " Your agent will ask you to sign in." if guarded else ""
    return (
        '<section id="connect" aria-labelledby="connect-title"><h2 id="connect-title">Connect your agent</h2>'
        "<p>Give a coding agent these docs: it searches and reads them through the Model Context Protocol at "
        f'<code>{escape(f"{root}/mcp")}</code>.{sign_in}</p><div class="clients">{items}</div></section>'
    )


def snippets(*, site: str, root: str, chat: bool, guarded: bool) -> list[Snippet]:
    """What each client wants to be told, the commonest first."""
    name, mcp = slug(site), f"{root}/mcp"
    config = base64.b64encode(_compact({"url": mcp}).encode()).decode()
    cursor = f"cursor://anysphere.cursor-deeplink/mcp/install?name={name}&config={quote(config, safe='')}"
    code = f"vscode:mcp/install?{quote(_compact({'name': name, 'type': 'http', 'url': mcp}), safe='')}"
    token = "\\\n  -H 'Authorization: Bearer YOUR_TOKEN' " if guarded else ""
    shown = [
        Snippet("Claude Code", "In a terminal:", f"claude mcp add --transport http {name} {mcp}"),
        Snippet("Cursor", "In .cursor/mcp.json:", _json({"mcpServers": {name: {"url": mcp}}}), cursor, "Add to Cursor"),
        Snippet(
            *("VS Code", "In .vscode/mcp.json:", _json({"servers": {name: {"type": "http", "url": mcp}}})),
            *(code, "Install in VS Code"),
        ),
        Snippet("Codex", "In a terminal:", f"codex mcp add {name} --url {mcp}"),
        Snippet(
            "ChatGPT",
            "Settings → Apps → Advanced settings: turn on developer mode, then create an app with this address. "
            "ChatGPT must be able to reach it from the internet.",
            mcp,
        ),
        Snippet(
            "Other clients",
            "Most read a file of this form (streamable HTTP):",
            _json({"mcpServers": {name: {"type": "http", "url": mcp}}}),
        ),
        Snippet(
            "curl",
            "Plain search, as JSON:",
            f"curl {root}/search {token}\\\n  -H 'Content-Type: application/json' \\\n"
            + """  -d '{"query": "how do I start"}'""",
        ),
    ]
    if chat:
        key = "YOUR_TOKEN" if guarded else "unused"
        shown.append(
            Snippet(
                "OpenAI SDK",
                "Cited answers, in Python:",
                f'from openai import OpenAI\n\nclient = OpenAI(base_url="{root}/v1", api_key="{key}")\n'
                "answer = client.chat.completions.create(\n"
                '    model="athenaeum",\n    messages=[{"role": "user", "content": "How do I start?"}],\n)\n'
                "print(answer.choices[0].message.content)",
            )
        )
    return shown


def slug(site: str) -> str:
    """A name that every client's configuration takes."""
    return re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")[:40].strip("-") or "docs"


def _item(snippet: Snippet, *, first: bool) -> str:
    link = (
        f'<p><a class="button" href="{escape(snippet.link)}">{escape(snippet.label)}</a> or write it yourself.</p>'
        if snippet.link
        else ""
    )
    return (
        f'<details name="client"{" open" if first else ""}><summary>{escape(snippet.client)}</summary>'
        f'<div class="snippet">{link}<p>{escape(snippet.how)}</p>'
        f'<pre tabindex="0"><code>{escape(snippet.text)}</code></pre></div></details>'
    )


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

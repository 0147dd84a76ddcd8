"""Text to HTML: escaping, and the frame that every page of the endpoint stands in. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape as _escape

from athenaeum import __version__

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def escape(text: str) -> str:
    """Text that is safe in HTML, quoted attributes included."""
    return _escape(text, quote=True)


@dataclass(frozen=True, slots=True)
class Frame:
    """What all pages share. `prefix` stands before every path of the app, `assets` maps file names to addresses."""

    site: str
    site_url: str
    prefix: str
    assets: dict[str, str]


def document(
    frame: Frame,
    *,
    title: str,
    body: str,
    attributes: str = "",
    scripts: Sequence[str] = ("page.js",),
    listed: bool = True,
) -> str:
    """A whole page; `body` and `attributes` are HTML, `scripts` name assets.

    `listed` says that search engines may show it: the results of a query are not a page of anybody's docs.
    """
    loaded = "\n".join(f'<script src="{escape(frame.assets[name])}" defer></script>' for name in scripts)
    unlisted = "" if listed else '\n<meta name="robots" content="noindex">'
    name = escape(frame.site)
    home = f'<a class="brand" href="{escape(frame.prefix)}/">{_LOGO}<span>{name}</span></a>'
    site = f'<a href="{escape(frame.site_url)}">Docs</a>' if frame.site_url else ""
    return f"""<!doctype html>
<html lang="en"{attributes}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<meta name="description" content="Search the documentation of {name}.">
<meta property="og:title" content="{escape(title)}">
<meta property="og:site_name" content="{name}">
<meta property="og:description" content="Search the documentation of {name}, and connect your coding agent to it.">
<meta name="color-scheme" content="light dark">{unlisted}
<link rel="icon" href="{escape(frame.assets["icon.svg"])}" type="image/svg+xml">
<link rel="stylesheet" href="{escape(frame.assets["style.css"])}">
{loaded}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top"><div class="wide">{home}<nav aria-label="Site">{site}\
<a href="{escape(frame.prefix)}/#connect">Connect</a><a href="{escape(frame.prefix)}/docs">API</a></nav></div></header>
<main id="main" class="wide">
{body}
</main>
<footer class="wide"><p>Everything here is from the documentation itself, with the lines it stands on.</p>
<p><a href="{escape(frame.prefix)}/llms.txt">llms.txt</a> · <a href="{escape(frame.prefix)}/health">Status</a> · \
<a href="https://github.com/athenaeum/deploy">Athenaeum {escape(__version__)}</a></p></footer>
</body>
</html>
"""


_LOGO = (
    '<svg aria-hidden="true" viewBox="0 0 24 24" width="22" height="22"><path fill="currentColor" '
    'd="M12 2 2 7v2h20V7L12 2ZM4 11h2.6v7H4v-7Zm6.700 0h2.600v7h-2.600v-7Zm6.700 0H20v7h-2.600v-7ZM2 20h20v2H2v-2Z"/>'
    "</svg>"
)

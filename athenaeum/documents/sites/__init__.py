"""Published addresses and anchors, by the rules of the generator that publishes the pages.

How a page is read with it: `site = detect_site(roots, url=…, dialect=…)` once; for each page `site.page_url(path,
front_matter)`, `site.routes(path, front_matter)` and `anchors = site.anchors()`; then for each heading in order
`text, anchor = anchors.heading(source)`, where `source` is the heading's Markdown without its `#` marks.
"""

from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.detect import detect_site
from athenaeum.documents.sites.site import Site

__all__ = ["Anchors", "Site", "detect_site"]

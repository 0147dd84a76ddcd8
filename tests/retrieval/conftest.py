"""A small site, built with the default model: what a search of it must find is beyond doubt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from athenaeum.config import Config
from athenaeum.ingestion.pipeline import build
from athenaeum.retrieval.searcher import Searcher, open_searcher

PAGES = {
    "index.md": (
        "# Heron\n\nHeron is a build tool for static pages. Start with the [installation](guide/install.md), or\n"
        "read [how to go live](guide/deploy/aws.md) and [pick a TCP socket](reference/cli.md#heron-serve).\n"
    ),
    "guide/install.md": (
        "# Installation\n\nInstall Heron with your package manager.\n\n```sh\npip install heron-pages\n```\n\n"
        "## Upgrade\n\nRun the installer again to get a newer version.\n\n"
        "## Remove\n\nUninstall the package; the cache in your home folder stays until you delete it.\n"
    ),
    "guide/config.md": (
        "# Configuration\n\nEvery setting stands in `heron.toml`.\n\n"
        "## Output folder\n\nThe key `output_dir` names the folder the pages are written to.\n\n"
        "## Ignored files\n\nGive patterns in `ignore_globs` to leave files out of the site.\n"
    ),
    "guide/deploy/aws.md": "# Deploy to AWS\n\nUpload the output folder to a bucket and put a distribution in front.\n",
    "guide/deploy/netlify.md": "# Deploy to Netlify\n\nConnect the repository and set the output folder.\n",
    "guide/deploy/vercel.md": "# Deploy to Vercel\n\nConnect the repository and set the output folder.\n",
    "guide-old/deploy.md": "# Deploying before version 2\n\nCopy the output folder by hand to your server.\n",
    "reference/cli.md": (
        "# Command line\n\n## heron build\n\nBuilds the site once. `--drafts` adds unpublished pages.\n\n"
        "## heron serve\n\nServes the site and reloads the browser when a file changes. `--port` picks the port.\n"
    ),
    "reference/hooks.md": (
        "# Hooks\n\n## beforeWrite\n\nRuns first.\n\n## afterWrite\n\nRuns last.\n\n"
        "## site-map-order\n\nA hook named in kebab-case, called by `--port` and after `beforeWrite`.\n"
    ),
    "reference/errors.md": (
        "# Errors\n\nThe preview server answers HTTP 422 to a page it cannot parse, HTTP 404 to one it lacks.\n\n"
        "## HN404\n\nA link leads to a page that does not exist.\n\n"
        "## HN500\n\nA template could not be rendered.\n"
    ),
}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The docs folder."""
    docs = tmp_path_factory.mktemp("site") / "docs"
    for path, text in PAGES.items():
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_text(text, encoding="utf-8")
    return docs


@pytest.fixture(scope="session")
def built(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its index."""
    output = tmp_path_factory.mktemp("index")
    build([site], output=output, config=Config(), repository="heron/docs", commit="a" * 40)
    return output


@pytest.fixture(scope="session")
def searcher(built: Path) -> Iterator[Searcher]:
    """A searcher of it."""
    opened = open_searcher(built)
    yield opened
    opened.close()

"""Checks of the docs repository: configuration, pages, site, questions, and who may read what it publishes."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from athenaeum.config import CONFIG_FILE, Config, load_config
from athenaeum.errors import AthenaeumError, ConfigError, UsageError
from athenaeum.git import git_root, obstacle
from athenaeum.onboarding.findings import Finding, advice, missing, ok, unknown
from athenaeum.onboarding.forge import look_up, name_from_git

OPEN = ("", "none")


def check_repository(root: Path, name: str) -> Finding:
    """Whether git knows which GitHub repository this is; `name` is what it said, or ""."""
    if name:
        return ok("repository", name)
    top = git_root(root)
    if top is not None and (reason := obstacle(top)):
        sentence, _, fix = reason.partition(". ")
        return missing("repository", f"{sentence}.", fix or "Install git, or check the repository out again.")
    return unknown(
        "repository", "This is no checkout of a GitHub repository.", "Pages then have no permalinks; add a remote."
    )


def check_configuration(root: Path) -> tuple[Config | None, Finding]:
    """athenaeum.yml as a model, and whether it can be used; None when it cannot."""
    file = root / CONFIG_FILE
    if not file.is_file():
        return Config(), advice("configuration", "There is no athenaeum.yml.", "Run `athenaeum init`.")
    try:
        return load_config(file), ok("configuration", "athenaeum.yml is valid")
    except ConfigError as error:
        place = f"athenaeum.yml, line {error.line}: " if error.line else ""
        return None, missing("configuration", f"{place}{error.message}", error.remedy)


def check_docs(root: Path, config: Config) -> Iterator[Finding]:
    """Whether there are pages, and which generator publishes them."""
    from athenaeum.documents.find.discovery import discover
    from athenaeum.documents.incomplete import absences
    from athenaeum.documents.sites import detect_site

    roots = [root / path for path in config.docs.paths]
    try:
        pages = discover(roots, include=config.docs.include, exclude=config.docs.exclude)
    except AthenaeumError as error:
        yield missing("docs", error.message, "Name the docs folder in athenaeum.yml under docs.paths.")
        return
    for name, message in absences(roots, exclude=config.docs.exclude):
        sentence, _, fix = message.partition(". ")
        yield advice("checkout", f"{name}: {sentence}.", fix)
    yield ok("docs", f"{len(pages)} pages in {', '.join(config.docs.paths)}")
    site = detect_site(roots, url=config.site.url, dialect=config.site.dialect)
    if site.rules.dialect == "plain" and not config.site.dialect and not site.url:
        fix = "Set site.dialect and site.url in athenaeum.yml if the docs are published as a site."
        yield advice("site", "No site generator was found: links lead to the files at their commit.", fix)
    elif not site.url:
        fix = "Set site.url in athenaeum.yml."
        yield advice("site", f"The docs are built with {site.rules.dialect}; their address is not known.", fix)
    else:
        yield ok("site", f"{site.rules.dialect}, published at {site.url}")


def check_questions(root: Path, config: Config) -> Finding:
    """Whether there are questions that guard the answers."""
    from athenaeum.evaluation.questions import read_questions

    path = root / config.evaluation.questions
    if not path.is_file():
        fix = "Run `athenaeum init`, which drafts some, or `athenaeum evaluate --suggest`."
        return advice("questions", f"There is no {config.evaluation.questions}: no answer is guarded.", fix)
    try:
        questions = read_questions(path)
    except AthenaeumError as error:
        return missing("questions", error.message, error.remedy)
    return ok("questions", f"{len(questions)} questions")


def check_audience(root: Path, config: Config, *, public: bool, environ: Mapping[str, str], offline: bool) -> Finding:
    """Whether a private repository would get an endpoint that anyone may read; `public` is the workflow's own word."""
    if config.auth.mode not in OPEN:
        return ok("audience", f"the endpoint asks for {config.auth.mode}")
    if config.auth.public or public:
        return ok("audience", "the endpoint is public, as was asked for")
    private = _private_by_event(environ)
    name = name_from_git(root, environ)
    if private is None and name and not offline:
        try:
            private = look_up(name, environ).private
        except UsageError:
            private = None
    if private is None:
        fix = "For a private repository set auth.mode, or auth.public: true, in athenaeum.yml."
        return unknown("audience", "It is not known whether this repository is public.", fix)
    if private:
        fix = "Set auth.mode in athenaeum.yml to oauth, api-key or iam, or auth.public: true if anyone may read them."
        return missing("audience", "The repository is private, and the endpoint could be read by anyone.", fix)
    return ok("audience", "the repository is public, and so may its endpoint be")


def _private_by_event(environ: Mapping[str, str]) -> bool | None:
    try:
        said = json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
        private = said["repository"]["private"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return private if isinstance(private, bool) else None

"""The steps of the release workflow that are more than one line; each can be run on any machine.

python .github/release.py version v1.2.3 | pin COMMIT v1.2.3 | packages dist | encoder assets | notes v1.2.3
                          | sums dist assets
"""

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Run one step; a reason on standard error and 1 when it does not hold."""
    name, *arguments = sys.argv[1:] or [""]
    if name not in STEPS or not arguments:
        sys.exit(__doc__)
    STEPS[name](*arguments)


def version(tag: str) -> None:
    """The tag, the package, the template and the changelog name the same version."""
    wanted = tag.removeprefix("v")
    found = {
        "athenaeum/__init__.py": _only(r'^__version__ = "(.+)"$', ROOT / "athenaeum" / "__init__.py"),
        "template/cookiecutter.json": json.loads((ROOT / "template" / "cookiecutter.json").read_text())[
            "_athenaeum_version"
        ],
    }
    for file, said in found.items():
        if said != wanted:
            sys.exit(f"The tag is {tag}; {file} says {said}.")
    if not _section(wanted):
        sys.exit(f"CHANGELOG.md has no section `## {wanted}`.")
    print(f"version {wanted}")


def pin(commit: str, tag: str) -> None:
    """Write the commit that is released into what the packages hand out: a commit cannot name itself."""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        sys.exit(f"{commit!r} is no full commit hash.")
    for file, end in HANDED_OUT.items():
        text = file.read_text(encoding="utf-8")
        changed, count = re.subn(rf"athenaeum/deploy@v\d+ # [^\n{end}]*", f"athenaeum/deploy@{commit} # {tag}", text)
        if count != 1:
            sys.exit(f"{file.relative_to(ROOT)} names this action {count} times, not once.")
        file.write_text(changed, encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {commit} # {tag}")


def packages(folder: str) -> None:
    """One wheel and one source archive, of the same version, with metadata that PyPI takes."""
    import zipfile

    from packaging.metadata import Metadata

    wheels, sources = sorted(Path(folder).glob("*.whl")), sorted(Path(folder).glob("*.tar.gz"))
    if len(wheels) != 1 or len(sources) != 1:
        sys.exit(f"{folder} holds {len(wheels)} wheels and {len(sources)} source archives, not one of each.")
    with zipfile.ZipFile(wheels[0]) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        said = Metadata.from_email(archive.read(name), validate=True)
    if not said.description or said.description_content_type != "text/markdown":
        sys.exit("The description is missing or is not Markdown.")
    if sources[0].name != f"athenaeum_deploy-{said.version}.tar.gz":
        sys.exit(f"{sources[0].name} is not of version {said.version}.")
    print(f"{said.name} {said.version}: {wheels[0].name}, {sources[0].name}")


def encoder(folder: str) -> None:
    """Export the default encoder anew and write its files as assets; refuse one that differs from its card."""
    os.environ["ATHENAEUM_ENCODER_URL"] = "off"
    sys.path.insert(0, str(ROOT))
    from athenaeum.embeddings.prepare import prepare_encoder
    from athenaeum.embeddings.published import CARDS, asset_name, published_card

    with tempfile.TemporaryDirectory() as cache:
        made = prepare_encoder("", cache=Path(cache))
        card = published_card(made.name)
        if card is None:
            sys.exit(
                f"{CARDS.relative_to(ROOT)} has no card of {made.name}: copy its encoder.json there and commit it."
            )
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        for name, entry in card["files"].items():
            found = hashlib.sha256((made / name).read_bytes()).hexdigest()
            if found != entry["sha256"]:
                sys.exit(f"{name} has the sha256 {found}, its card says {entry['sha256']}: commit the new card first.")
            shutil.copyfile(made / name, target / asset_name(made.name, name))
            print(f"{asset_name(made.name, name)} {found}")


def notes(tag: str) -> None:
    """The changelog's section of the version."""
    print(_section(tag.removeprefix("v")))


def sums(*folders: str) -> None:
    """The sha256 of every file, as `sha256sum --check` reads it."""
    for folder in folders:
        for path in sorted(Path(folder).iterdir()):
            if path.name != "SHA256SUMS":
                print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")


def _section(wanted: str) -> str:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## \[?{re.escape(wanted)}\b[^\n]*\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def _only(pattern: str, file: Path) -> str:
    found = re.findall(pattern, file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return found[0] if len(found) == 1 else "nothing"


# File that names this action for others → the character that ends its line, besides a line's own end.
HANDED_OUT = {
    ROOT / "athenaeum" / "onboarding" / "written_workflows.py": '"',
    ROOT / "template" / "{{cookiecutter.project_slug}}" / ".github" / "workflows" / "docs-endpoint.yml": "",
}
STEPS = {"version": version, "pin": pin, "packages": packages, "encoder": encoder, "notes": notes, "sums": sums}

if __name__ == "__main__":
    main()

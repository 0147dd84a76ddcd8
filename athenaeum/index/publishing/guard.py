"""Decides whether a release may become live after another. Pure."""

from collections.abc import Sequence

from athenaeum.errors import GuardError, OwnerError
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pointer import Pointer

PAGE_LOSS = 0.3
"""Share of the live release's pages that a publish may lose without being told to."""
_FORCE = "Correct the docs path or the patterns; if it is meant, publish with --force (`force: true` in the action)."

_MOVED = "If the docs have moved, publish once with --force (`force: true` in the action)."


def check_owner(live: Pointer | None, *, take_over: bool) -> None:
    """`OwnerError` when the index belongs to a stack, which would put its own index back on its next deploy."""
    if live is not None and live.owner == "stack" and not take_over:
        raise OwnerError(
            "This index is owned by the stack that was given index_path.",
            remedy="Deploy the stack to update it; or remove index_path from it and publish with --take-over.",
        )


def check_place(
    live: Pointer | None, remote: Manifest | None, *, docs: Sequence[str], repository: str = "", force: bool = False
) -> None:
    """`GuardError` when what is live here are other docs than these: of other folders, or of another repository.

    `docs` are the docs roots that are to be published. More roots than before are fine; `force` takes the place over.
    """
    if force or live is None:
        return
    if live.repository and repository and _forge_name(live.repository) != _forge_name(repository):
        raise GuardError(
            f"What is live here are the docs of {live.repository}, and these are of {repository}.",
            remedy=f"Give each repository a stack of its own (stack-name, deploy.stack). {_MOVED}",
        )
    gone = [root for root in remote.docs if root not in docs] if remote else []
    if gone:
        raise GuardError(
            f"What is live here are the docs of {', '.join(remote.docs if remote else ())}, and these are of "
            f"{', '.join(docs)}.",
            remedy=f"Give each folder a stack of its own (stack-name, deploy.stack), or index both in one. {_MOVED}",
        )


def check_loss(live: Manifest | None, new: Manifest, *, page_loss: float = PAGE_LOSS) -> None:
    """`GuardError` when `new` would lose too much of `live`, or could not answer at all. `page_loss` is 0 to 1."""
    if new.pages == 0 or new.chunks == 0:
        raise GuardError(f"The new index is empty: {new.pages} pages, {new.chunks} chunks.", remedy=_FORCE)
    if live is None:
        return
    if new.pages < live.pages * (1 - page_loss):
        lost = 1 - new.pages / live.pages
        raise GuardError(
            f"The new index has {new.pages} pages where the live one has {live.pages}: {lost:.0%} fewer, "
            f"and {page_loss:.0%} are allowed.",
            remedy=_FORCE,
        )
    if live.encoder_digest != new.encoder_digest and not _embedded_anew(live, new):
        raise GuardError(
            "The embedding model changed, but not every vector was made with the new one.",
            remedy="Build the index into an empty folder, so that every page is embedded again.",
        )
    if live.encoder_digest == new.encoder_digest and _dimension(live) != _dimension(new):
        raise GuardError(
            f"The same embedding model gives {_dimension(new)} numbers now and gave {_dimension(live)} before.",
            remedy="Build the index into an empty folder, so that every page is embedded again.",
        )


def _forge_name(repository: str) -> str:
    # GitHub's names are the same in any case; a checkout may have another spelling than the event.
    return repository.rstrip("/").removesuffix(".git").lower()


def _embedded_anew(live: Manifest, new: Manifest) -> bool:
    # Vectors of one text by two encoders cannot agree to the byte: an equal file was carried over.
    old = {entry.sha256 for name, entry in live.files.items() if name.startswith("vectors")}
    carried = any(entry.sha256 in old for name, entry in new.files.items() if name.startswith("vectors"))
    return not carried and new.vectors >= new.chunks


def _dimension(manifest: Manifest) -> int:
    value = manifest.embedding.get("dimension", 0)
    return value if isinstance(value, int) else 0

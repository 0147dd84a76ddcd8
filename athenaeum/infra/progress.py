"""What a synth says while it works: plain lines on stderr, since stdout belongs to the CDK."""

import sys


def to_stderr(phase: str, done: int, total: int) -> None:
    """Report a phase as one line; the fraction when there is one."""
    share = f" ({done}/{total})" if total else ""
    sys.stderr.write(f"athenaeum: {phase}{share}\n")
    sys.stderr.flush()

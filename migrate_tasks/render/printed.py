"""What a phase printed, fit to be shown: nothing in it moves the cursor, or talks to the terminal or the CI system."""

from __future__ import annotations

import re

RESET = "\x1b[0m"
# control sequences with their parameters, strings for the terminal (its title, links), other escapes, and
# what else is no character: ECMA-48
CONTROL = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]"
)


def clean(line: str, *, has_colour: bool = True) -> str:
    """Return ``line`` as it looks in the end: of what a progress bar wrote over itself, the last state.

    Colours stay where ``has_colour``, and end with the line; all else that is no text is left out.
    """
    shown = line.rstrip("\r").rpartition("\r")[2]
    if shown.isprintable():
        return shown
    kept = CONTROL.sub(_colour if has_colour else "", shown)
    return kept + RESET if "\x1b" in kept and not kept.endswith(RESET) else kept


def _colour(found: re.Match[str]) -> str:
    """Return an SGR sequence as it is, and nothing for all others."""
    parameters = found["parameters"] or ""
    return found[0] if found["final"] == "m" and not parameters.strip("0123456789;:") else ""


def one_line(text: str) -> str:
    """Return ``text``, a message of somebody else, as one line without colours."""
    return " ".join(filter(None, (clean(line, has_colour=False).strip() for line in text.splitlines())))


def plain_text(text: str) -> str:
    """Return ``text``, of somebody else, with its lines and without colours."""
    return "\n".join(clean(line, has_colour=False) for line in text.split("\n"))

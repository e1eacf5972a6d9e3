"""Text that others have written, such as names and paths, made fit for a terminal."""

from __future__ import annotations


def visible(text: str, keep: str = "") -> str:
    """Return ``text`` with what a terminal obeys or does not show as Python writes it, but for what is in ``keep``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else ascii(c)[1:-1] for c in text)

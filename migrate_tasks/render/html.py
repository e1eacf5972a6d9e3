"""HTML in which nothing that others have written is obeyed: text is escaped where it is put into a template."""

from __future__ import annotations

from bisect import bisect_right
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, LiteralString

from migrate_tasks.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable


class Html(str):
    """What is HTML already; any other text is escaped by :func:`fill`."""

    __slots__ = ()


def fill(template: LiteralString, **values: object) -> Html:
    """Return ``template`` with ``values`` in it: :class:`Html` as it is, None as nothing, all else as text."""
    return Html(template.format(**{name: _html(value) for name, value in values.items()}))


def joined(parts: Iterable[Html]) -> Html:
    """Return the ``parts``, one after the other."""
    return Html("".join(parts))


def clipped(text: str, limit: int) -> Html:
    """Return ``text`` as HTML of at most ``limit`` bytes; what does not fit is left out, and an ellipsis says so."""
    shown = visible(text[:limit], keep="\n\t")
    sizes = list(accumulate(size(escape(character)) for character in shown))
    if len(text) <= limit and sizes[-1:] <= [limit]:
        return _html(text)
    return Html(escape(shown[: bisect_right(sizes, limit - size("…"))]) + "…")


def size(text: str) -> int:
    """Return how many bytes ``text`` has as UTF-8."""
    return len(text.encode())


def _html(value: object) -> Html:
    if isinstance(value, Html):
        return value
    # what is not printable must not turn the text around or hide in it, and a surrogate cannot be sent at all
    return Html("" if value is None else escape(visible(str(value), keep="\n\t")))

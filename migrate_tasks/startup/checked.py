"""Remembering which startup.yaml fits the schema: the library that checks loads longer than ten phases take."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from migrate_tasks.startup.read import read_schema_text
from migrate_tasks.startup.state_file import make_folder

if TYPE_CHECKING:
    from pathlib import Path

    from migrate_tasks.startup.document import Document


def is_known_to_fit(document: Document, memory: Path) -> bool:
    """Return whether the file ``memory`` has this very document, checked against this very schema."""
    try:
        return memory.read_text(encoding="utf-8") == _both(document)
    except (OSError, UnicodeDecodeError):
        return False


def remember(document: Document, memory: Path) -> None:
    """Note that ``document`` fits; where the file cannot be written, it will be checked again."""
    with contextlib.suppress(OSError):
        make_folder(memory.parent)
        memory.write_text(_both(document), encoding="utf-8")


def _both(document: Document) -> str:
    return read_schema_text() + document.text

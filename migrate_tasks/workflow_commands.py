"""Workflow commands of GitHub Actions: lines that its runner takes for more than text.

See "Workflow commands for GitHub Actions" in GitHub's documentation; what must be escaped is told by its own
actions/toolkit: percent signs and line ends in all, colons and commas in properties as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY = {**DATA, **str.maketrans({":": "%3A", ",": "%2C"})}
# the runner's ActionCommand.cs: "::" after white space at the beginning of a line, or "##[" anywhere
COMMAND = re.compile(r"(?m)^(\s*:)(?=:)")


def command(name: str, data: str, properties: Mapping[str, object] | None = None) -> str:
    """Return the line that is the command ``name``."""
    written = ",".join(f"{key}={str(value).translate(PROPERTY)}" for key, value in (properties or {}).items())
    return f"::{f'{name} {written}' if written else name}::{data.translate(DATA)}"


def harmless(text: str) -> str:
    """Return ``text`` such that no line of it is a command."""
    return COMMAND.sub(r"\1 ", text.replace("\r", " ")).replace("##[", "## [")

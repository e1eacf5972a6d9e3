"""What startup.yaml says, as values: a sequence of phases. How the file is read is in read.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DEFAULT_TIMEOUT = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One entry of startup.yaml.

    ``timeout`` is for one attempt; ``retries`` is the number of further attempts after a failure that may
    pass, so ``retries: 2`` means up to 3 attempts. ``place`` is where the phase stands, ``task_place`` where
    its task does: "startup.yaml:14:5".
    """

    name: str
    task: str
    description: str = ""
    required: bool = True
    timeout: timedelta = DEFAULT_TIMEOUT
    retries: int = 0
    place: str = ""
    task_place: str = ""


@dataclass(frozen=True)
class Sequence:
    """The phases in their order, and the name of what they start."""

    name: str
    phases: tuple[Phase, ...]

"""Who asked for what, and what came of it: a line of JSON for each POST, to the logger ``migrate_tasks.audit``.

Where it goes is for whoever runs the app to say, as with any logger; the built-in server writes it to stderr. It is
written when the answer has been sent, and holds nothing of a token but which one it was.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

LOGGER = logging.getLogger("migrate_tasks.audit")
ENTRY = "migrate_tasks.audit"  # a key of the scope
LONGEST = 200  # characters of what a client sent


@dataclass
class Entry:
    """One request. The app sets ``target``, a migration's name, and ``run_id``; the guard all else.

    ``token`` is the id of the one that was given, right or wrong; ``status`` that of the answer, None where the client
    had gone; ``code`` is why it was refused.
    """

    remote: str | None
    token: str | None
    action: str
    target: str | None = None
    status: int | None = None
    code: str | None = None
    run_id: str | None = None

    def write(self) -> None:
        """Write the line, with the time as it is now; whatever a client sent cannot begin another."""
        short = replace(self, action=self.action[:LONGEST], target=self.target and str(self.target)[:LONGEST])
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        LOGGER.info(json.dumps({"time": time, **asdict(short)}))


def write_to_stderr() -> None:
    """Have the lines on stderr, as they are, whatever else is logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def entry_of(scope: Any) -> Entry:
    """Return the entry that the guard has begun for a POST."""
    entry: Entry = scope[ENTRY]
    return entry

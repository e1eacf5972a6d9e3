"""How a start-up is told to GitHub Actions and GitLab CI: the output of each attempt is a group that can be folded.

What a phase prints is never a command to them: for GitHub's runner a space is put into what it would take for one;
GitLab's needs a carriage return and an escape sequence, which are left out of what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.render.startup import ended
from migrate_tasks.startup.result import Outcome
from migrate_tasks.workflow_commands import command, harmless

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from migrate_tasks.startup.result import PhaseResult
    from migrate_tasks.startup.state import PhaseState

BEGINNING_OF_LINE = "\r\x1b[0K"


@dataclass(frozen=True)
class Dialect:
    """What a CI system understands.

    ``opens``, ``closes``  the lines around the output of a phase's last attempt, which has ended at the moment given.
    ``annotates``          a line that makes it show how a phase ended, or None.
    ``harmless``           a text of somebody else, as lines that are no commands.
    """

    opens: Callable[[PhaseState, str], str]
    closes: Callable[[PhaseState, datetime], str]
    annotates: Callable[[PhaseResult], str | None]
    harmless: Callable[[str], str]


def _github_opens(_: PhaseState, title: str) -> str:
    return command("group", title)


def _github_closes(_state: PhaseState, _now: datetime) -> str:
    return command("endgroup", "")


def _github_annotates(result: PhaseResult) -> str | None:
    if result.outcome not in (Outcome.FAILED, Outcome.TIMED_OUT):
        return None
    kind = "error" if result.phase.required else "warning"
    return command(kind, ended(result), {"title": f'phase "{result.phase.name}" {result.outcome}'})


def _gitlab_opens(phase: PhaseState, title: str) -> str:
    is_collapsed = "[collapsed=true]" if phase.attempts[-1:] and phase.attempts[-1].error is None else ""
    return f"{_gitlab('start', phase, phase.began_at)}{is_collapsed}{BEGINNING_OF_LINE}{title}"


def _gitlab_closes(phase: PhaseState, now: datetime) -> str:
    return f"{_gitlab('end', phase, now)}{BEGINNING_OF_LINE}"


def _gitlab(what: str, phase: PhaseState, moment: datetime | None) -> str:
    seconds = int(moment.timestamp()) if moment else 0
    # a section's name may have only letters, digits and "_.-", and must occur only once
    return f"\x1b[0Ksection_{what}:{seconds}:phase_{phase.number}_attempt_{phase.attempt}"


def _as_it_is(text: str) -> str:
    return text


GITHUB = Dialect(_github_opens, _github_closes, _github_annotates, harmless)
GITLAB = Dialect(_gitlab_opens, _gitlab_closes, lambda _: None, _as_it_is)

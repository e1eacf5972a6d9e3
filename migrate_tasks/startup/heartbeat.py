"""What the service manager is told while a start-up runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.render.text import plural
from migrate_tasks.startup.result import PhaseOutput, TimePasses

if TYPE_CHECKING:
    from migrate_tasks.startup.notify import Notifier
    from migrate_tasks.startup.result import PhaseEvent
    from migrate_tasks.startup.state import StartupState

EXTENSION, EXTEND_EVERY = 30.0, 10.0  # seconds: for how long systemd is asked to wait, and how often


class Heartbeat:
    """Tells the service manager which phases are at work, and, as long as we see to their limits, not to end them.

    Its ``on_event`` is to be told what is new in ``state``.
    """

    def __init__(self, notifier: Notifier, state: StartupState) -> None:
        self._notifier = notifier
        self._state = state
        self._extended = float("-inf")

    def on_event(self, event: PhaseEvent) -> None:
        """Ask for more time every few seconds, and tell each change."""
        if self._state.clock() - self._extended >= EXTEND_EVERY:
            self._extended = self._state.clock()
            self._notifier.extend(EXTENSION)
        if not isinstance(event, PhaseOutput | TimePasses):
            at_work = [phase for phase in self._state.phases if phase.is_active]
            named = ", ".join(f"{phase.phase.name} ({phase.state})" for phase in at_work)
            ended = sum(phase.has_ended for phase in self._state.phases)
            counts = f"{ended} of {plural(len(self._state.phases), 'phase')} ended"
            self._notifier.status(f"{counts}, now {named}" if named else counts)

    def ready(self) -> None:
        """Tell that the service has started, however much of it."""
        self._notifier.status(self._state.outcome)
        self._notifier.ready()

    def stopping(self) -> None:
        """Tell that it has not, and that we are about to end."""
        self._notifier.stopping()

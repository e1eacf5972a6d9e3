"""Telling systemd how the start-up goes: the protocol of sd_notify(3), in which one datagram is one message.

Nothing here waits or fails: a service manager that does not listen must not keep the application from starting.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# who makes a phase's environment leaves it out: what a phase says of itself is not said of the service
NOTIFY_SOCKET = "NOTIFY_SOCKET"
LONGEST = 4096  # bytes; systemd drops a longer message whole (NOTIFY_BUFFER_MAX in src/core/manager.c)


@dataclass(frozen=True)
class Notifier:
    """Where messages go: a path, or "@" and a name in Linux's abstract namespace (unix(7)); None for nowhere."""

    address: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Notifier:
        """Return what tells the service manager that ``environ`` comes from, if one listens."""
        return cls(environ.get(NOTIFY_SOCKET) or None)

    def status(self, text: str) -> None:
        """Have ``systemctl status`` show ``text``, as one line."""
        self._send(f"STATUS={' '.join(text.split())}")

    def extend(self, seconds: float) -> None:
        """Ask for ``seconds`` from now until the next message; systemd counts them once TimeoutStartSec is over."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def ready(self) -> None:
        """Tell that the service has started."""
        self._send("READY=1")

    def stopping(self) -> None:
        """Tell that the service is about to end."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if self.address is None:
            return
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        data = message.encode(errors="replace")[:LONGEST].decode(errors="ignore").encode()  # no half a character
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(data, address)

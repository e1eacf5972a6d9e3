"""What a service manager gets to know, on a real socket; systemd's own program is the measure."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.startup.notify import Notifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    """Yield a socket on which a service manager would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        manager.settimeout(10)
        yield manager


def received(manager: socket.socket) -> list[str]:
    """Return the messages that have arrived."""
    manager.setblocking(False)
    messages = []
    while True:
        try:
            messages.append(manager.recv(65536).decode())
        except BlockingIOError:
            return messages


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_each_message_is_a_datagram(tmp_path: Path, kind: str) -> None:
    """Each message is one datagram, to a path or to a name in the abstract namespace."""
    address = f"@{tmp_path}/notify" if kind == "abstract" else str(tmp_path / "notify")
    with listening(address) as manager:
        notifier = Notifier.from_environ({"NOTIFY_SOCKET": address})

        notifier.status("phase 1 of 10:\n  database_health ü")
        notifier.extend(2.5)
        notifier.ready()
        notifier.stopping()

        assert received(manager) == [
            "STATUS=phase 1 of 10: database_health ü",
            "EXTEND_TIMEOUT_USEC=2500000",
            "READY=1",
            "STOPPING=1",
        ]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}], ids=["unset", "empty"])
def test_nobody_may_listen(environ: dict[str, str]) -> None:
    """Without NOTIFY_SOCKET nothing is sent."""
    assert Notifier.from_environ(environ) == Notifier(None)
    Notifier.from_environ(environ).ready()


@pytest.mark.parametrize("address", ["missing", "dead", "file", "@nobody", "vsock:2:1234", "x" * 200, "no\0path"])
def test_a_manager_that_is_not_there_is_ignored(tmp_path: Path, address: str) -> None:
    """Where nobody listens, or no address is meant, nothing happens."""
    with listening(str(tmp_path / "dead")):
        pass
    (tmp_path / "file").write_text("")
    is_file = address in {"missing", "dead", "file"}

    Notifier(str(tmp_path / address) if is_file else address).ready()


def test_a_manager_that_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    """Messages that the socket has no room for are dropped at once."""
    address = str(tmp_path / "notify")
    with listening(address) as manager:
        notifier = Notifier(address)
        started = time.monotonic()
        for number in range(5000):
            notifier.status(f"{number}")

        assert time.monotonic() - started < 5
        messages = received(manager)
        assert messages == [f"STATUS={number}" for number in range(len(messages))]
        assert 0 < len(messages) < 5000


def test_a_long_message_is_cut(tmp_path: Path) -> None:
    """A message is cut to the 4096 bytes that systemd reads, between two characters."""
    address = str(tmp_path / "notify")
    with listening(address) as manager:
        Notifier(address).status("ü" * 5000)

        assert received(manager) == ["STATUS=" + "ü" * 2044]


def test_no_text_is_refused(tmp_path: Path) -> None:
    """A text that has no UTF-8 form is sent without what has none."""
    address = str(tmp_path / "notify")
    with listening(address) as manager:
        Notifier(address).status("a\udcffb")

        assert received(manager) == ["STATUS=a?b"]


@pytest.mark.parametrize(
    ("send", "message"),
    [
        (Notifier.ready, "READY=1"),
        (Notifier.stopping, "STOPPING=1"),
        (partial(Notifier.status, text="phase 1 of 10"), "STATUS=phase 1 of 10"),
        (partial(Notifier.extend, seconds=30), "EXTEND_TIMEOUT_USEC=30000000"),
    ],
    ids=["ready", "stopping", "status", "extend"],
)
def test_messages_are_those_of_systemd(tmp_path: Path, send: Callable[[Notifier], None], message: str) -> None:
    """What is sent is what systemd-notify sends, but for the end of the line."""
    program = shutil.which("systemd-notify")
    if program is None:
        pytest.skip("systemd-notify is not here: apt-get install systemd")
    address = str(tmp_path / "notify")
    with listening(address) as manager:
        subprocess.run([program, "--no-block", message], env={"NOTIFY_SOCKET": address}, check=True)
        send(Notifier(address))

        theirs, ours = received(manager)
        assert (ours, theirs.rstrip("\n")) == (message, message)

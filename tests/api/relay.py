"""A way to the database that can be blocked: what goes over it waits, as in a network that swallows everything."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from psycopg import conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator


class Relay:
    """Leads from a TCP port to the unix socket of the server of ``url``; everything ends when it is closed."""

    def __init__(self, url: str) -> None:
        given = conninfo.conninfo_to_dict(url)
        self._target = f"{given['host']}/.s.PGSQL.{given['port']}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_open = threading.Event()
        self._is_open.set()
        port = self._listener.getsockname()[1]
        self.url = f"postgresql://{given['user']}@127.0.0.1:{port}/{given['dbname']}"
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """Let nothing through in the block."""
        self._is_open.clear()
        try:
            yield
        finally:
            self._is_open.set()

    def close(self) -> None:
        """Accept nobody any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=[source, sink], daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._is_open.wait()
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

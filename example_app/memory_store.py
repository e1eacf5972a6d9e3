"""What the agents remember: threads of messages in Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.errors import MigrateTasksError

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg


@dataclass(frozen=True)
class Message:
    """One message of a thread."""

    author: str
    content: str


PROBE = (Message("user", "What did I ask you yesterday?"), Message("agent", "Whether Postgres has threads."))


class MemoryStore:
    """All threads, on a connection of the caller's."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def open_thread(self, title: str) -> UUID:
        """Make a thread and return its id."""
        row = self._connection.execute(
            "INSERT INTO memory_threads (title) VALUES (%s) RETURNING id", [title]
        ).fetchone()
        assert row
        thread: UUID = row[0]
        return thread

    def remember(self, thread: UUID, message: Message) -> None:
        """Add a message to the end of a thread."""
        self._connection.execute(
            "INSERT INTO memory_messages (thread_id, author, content) VALUES (%s, %s, %s)",
            [thread, message.author, message.content],
        )

    def recall(self, thread: UUID, count: int = 20) -> list[Message]:
        """Return the last ``count`` messages of a thread, the oldest first."""
        rows = self._connection.execute(
            "SELECT author, content FROM memory_messages WHERE thread_id = %s ORDER BY id DESC LIMIT %s",
            [thread, count],
        ).fetchall()
        return [Message(*row) for row in reversed(rows)]

    def rename(self, thread: UUID, title: str) -> None:
        """Give a thread another title; raises MigrateTasksError where there is none."""
        if not self._connection.execute("UPDATE memory_threads SET title = %s WHERE id = %s", [title, thread]).rowcount:
            raise MigrateTasksError(f'there is no thread "{thread}"')

    def count_threads(self) -> int:
        """Return how many threads there are."""
        row = self._connection.execute("SELECT count(*) FROM memory_threads").fetchone()
        assert row
        return int(row[0])

    def prove(self) -> None:
        """Remember two messages, recall them, and take everything back; raises MigrateTasksError."""
        with self._connection.transaction(force_rollback=True):
            thread = self.open_thread("probe")
            for message in PROBE:
                self.remember(thread, message)
            recalled = self.recall(thread)
        if recalled != list(PROBE):
            raise MigrateTasksError("the memory store does not recall what it was told", detail=f"Recalled {recalled}.")

"""The kinds of background jobs of the document service, and what each one does.

Each does all its work through the connection that it is given, which makes it happen once (jobs.py), and would leave
the same if it were done again.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from example_app.embeddings import embed
from example_app.memory_store import MemoryStore
from example_app.vector_store import VectorStore

if TYPE_CHECKING:
    import psycopg

    from example_app.jobs import Job

Handler = Callable[["psycopg.Connection", "Job"], Any]

LONGEST_TITLE = 80  # characters


def embed_document(connection: psycopg.Connection, job: Job) -> None:
    """Make the passages of the document at ``path`` anew, as of one that was edited, or came with migration 003."""
    VectorStore(connection).embed_document(job.payload["path"])


def summarize_thread(connection: psycopg.Connection, job: Job) -> None:
    """Give the thread with the id ``thread`` a title: the sentence that says most of what was said in it."""
    store = MemoryStore(connection)
    thread = job.payload["thread"]
    said = [message.content for message in store.recall(thread)]
    if summary := summarize(said):
        store.rename(thread, textwrap.shorten(summary, LONGEST_TITLE, placeholder="…"))


def summarize(texts: list[str]) -> str:
    """Return the sentence nearest to the middle of all of them (centroid of embeddings), or "" without words."""
    sentences = [sentence for text in texts for sentence in re.split(r"(?<=[.!?])\s+|\n+", text) if sentence.strip()]
    vectors = [embed(sentence) for sentence in sentences]
    middle = [sum(column) for column in zip(*vectors, strict=True)]
    nearness = [sum(a * b for a, b in zip(vector, middle, strict=True)) for vector in vectors]
    return sentences[nearness.index(max(nearness))] if any(middle) else ""


KINDS: dict[str, Handler] = {"embed_document": embed_document, "summarize_thread": summarize_thread}

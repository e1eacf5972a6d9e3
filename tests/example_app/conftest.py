"""Databases of the example application."""

from __future__ import annotations

import pytest

from tests.example_app.queue import Queue, make_queue


@pytest.fixture
def queue(any_url: str) -> Queue:
    """An empty queue, on each server."""
    return make_queue(any_url)

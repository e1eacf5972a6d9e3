"""SIGTERM and SIGINT while a run is at work: whatever the server does about them, the run ends in an orderly way."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from types import FrameType

T = TypeVar("T")

NUMBERS = (signal.SIGTERM, signal.SIGINT)


def heeded(ended: Future[T], stop: Callable[[int], None]) -> asyncio.Future[T]:
    """Return ``ended`` for the loop; until then ``stop`` is told of signals, before the server is.

    A server's loop runs in the main thread, the only one that may handle signals; elsewhere nothing is done.
    """
    waiting = asyncio.wrap_future(ended)
    if threading.current_thread() is threading.main_thread():
        handlers = [_Handler(number, stop) for number in NUMBERS]
        waiting.add_done_callback(lambda _: _remove(handlers))
    return waiting


def _remove(handlers: Iterable[_Handler]) -> None:
    for handler in handlers:
        handler.remove()


class _Handler:
    """A handler of one signal that comes before the one there is.

    Where that is to die, it is done when the handler is removed.
    """

    def __init__(self, number: int, stop: Callable[[int], None]) -> None:
        self._number = number
        self._stop = stop
        self._is_due = False
        self._before: Any = signal.signal(number, self._handle)

    def remove(self) -> None:
        if signal.getsignal(self._number) == self._handle:
            signal.signal(self._number, self._before)
        if self._is_due:
            signal.raise_signal(self._number)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._stop(number)
        if callable(self._before):
            self._before(number, frame)
        else:
            self._is_due = self._before != signal.SIG_IGN

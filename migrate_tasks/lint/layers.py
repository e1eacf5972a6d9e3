"""A mapping upon another one, so that what is changed can be given up without a copy of everything."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Key = TypeVar("Key")
Value = TypeVar("Value")


class Layer(MutableMapping[Key, Value]):
    """What is set and deleted here leaves the mapping below as it is, and so does what is done to a value.

    For that, ``copy`` makes another one of a value when it is taken from below; values without it are not changed.
    The order is that of a plain dict. The mapping below must not change as long as this one is used.
    """

    def __init__(self, below: MutableMapping[Key, Value], copy: Callable[[Value], Value] | None = None) -> None:
        self._below = dict(below) if isinstance(below, Layer) else below  # layers do not pile up
        self._copy = copy
        self._own: dict[Key, Value] = {}
        self._gone: set[Key] = set()  # of those below, also where there is an own one again

    def __getitem__(self, key: Key) -> Value:
        if key in self._own:
            return self._own[key]
        if key in self._gone:
            raise KeyError(key)
        value = self._below[key]
        if self._copy:
            value = self._own[key] = self._copy(value)
        return value

    def __setitem__(self, key: Key, value: Value) -> None:
        self._own[key] = value

    def __delitem__(self, key: Key) -> None:
        if key not in self:
            raise KeyError(key)
        self._own.pop(key, None)
        if key in self._below:
            self._gone.add(key)

    def __contains__(self, key: object) -> bool:
        return key in self._own or (key in self._below and key not in self._gone)

    def __iter__(self) -> Iterator[Key]:
        yield from (key for key in self._below if key not in self._gone)
        yield from [key for key in self._own if key not in self._below or key in self._gone]

    def __len__(self) -> int:
        return sum(1 for _ in self)

"""A layer is a dict to whoever uses it, and leaves what is below it as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.lint.layers import Layer

KEYS = st.integers(0, 4)
DICTS = st.dictionaries(KEYS, st.lists(st.integers(), max_size=2))
CHANGES = st.lists(st.tuples(st.sampled_from(("set", "delete", "append", "look", "layer")), KEYS))


@given(DICTS, CHANGES)
def test_as_a_dict(below: dict[int, list[int]], changes: list[tuple[str, int]]) -> None:
    """Whatever is done, a layer has what a dict would have, in its order; so has a layer upon a layer."""
    before = repr(below)
    plain = {key: list(value) for key, value in below.items()}
    layer = Layer(below, list[int])
    for what, key in changes:
        assert (key in layer, layer.get(key)) == (key in plain, plain.get(key))
        match what:
            case "set":
                plain[key] = [key]
                layer[key] = list(plain[key])
            case "delete":
                assert layer.pop(key, None) == plain.pop(key, None)
            case "append":
                layer.setdefault(key, []).append(7)
                plain.setdefault(key, []).append(7)
            case "layer":
                layer = Layer(layer, list[int])
        assert (list(layer.items()), len(layer)) == (list(plain.items()), len(plain))
    assert repr(below) == before

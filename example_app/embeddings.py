"""Embeddings without a model: hashed words and word pairs, so that similar texts lie near each other.

This is the hashing trick (Weinberger and others, 2009): each feature adds +1 or -1 in one of DIMENSIONS
places. It knows no synonyms, but it is the same on every machine and needs no download.
"""

from __future__ import annotations

import hashlib
import math
import re
from itertools import pairwise

DIMENSIONS = 64


def embed(text: str) -> list[float]:
    """Return the embedding of ``text``: DIMENSIONS numbers of length 1, or all 0 for a text without words."""
    words = re.findall(r"\w+", text.lower())
    vector = [0.0] * DIMENSIONS
    for feature in (*words, *(f"{a} {b}" for a, b in pairwise(words))):
        digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
        vector[digest[0] % DIMENSIONS] += 1 if digest[1] % 2 else -1
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector] if length else vector

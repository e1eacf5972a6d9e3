"""What no expression holds, so that what follows one in another database's SQL is not taken for a part of it.

Such as ``DEFAULT now() ON UPDATE now()`` and ``DEFAULT 0 COMMENT 'x'``. An expression is not parsed otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEYWORDS = """
AS CHECK COLUMN CONSTRAINT CREATE DEFAULT DEFERRABLE DO ELSE END EXCEPT FETCH FOR FOREIGN GRANT GROUP HAVING INITIALLY
INTERSECT INTO LIMIT OFFSET ON ONLY ORDER PRIMARY REFERENCES RETURNING SELECT TABLE THEN UNION UNIQUE USING WHEN WHERE
WINDOW
"""
NEVER = frozenset(KEYWORDS.split())
INFIX_WORDS = """
AND ARRAY AT BETWEEN COLLATE DAY ESCAPE FILTER HOUR ILIKE IN IS ISNULL LIKE MINUTE MONTH NOT NOTNULL OPERATOR OR OVER
OVERLAPS SECOND SIMILAR TO UESCAPE WITH WITHIN WITHOUT YEAR
"""
INFIX = frozenset(INFIX_WORDS.split())
CONSTANTS = frozenset({"TRUE", "FALSE", "NULL", "CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_USER"})


def first_stranger(words: Sequence[str], partners: Mapping[int, int], first: int, end: int) -> int | None:
    """Return where the first word stands that no expression from ``first`` to ``end`` can hold, None without one.

    ``partners`` tells where what is opened is closed; what stands inside is not looked at.
    """
    at, is_whole = first, False
    while at < end:
        word = words[at]
        is_label = at > first and words[at - 1] == "."
        if not is_label and (word in NEVER or (is_whole and _is_word(word) and word not in INFIX)):
            return at
        is_whole = at in partners or word in CONSTANTS or word[0].isdigit() or word.endswith("'")
        at = partners.get(at, at) + 1
    return None


def _is_word(word: str) -> bool:
    return not word.endswith("'") and (word[0].isalpha() or word[0] in '_"')

"""How often something may be done. Values: the time is given."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Bucket:
    """Admits ``burst`` at once, and then one each ``interval``, in nanoseconds.

    ``full_at`` is when nothing of it will be used any more, on the clock of whoever asks (ITU-T I.371 calls the
    algorithm GCRA; whole numbers, so that nothing is lost to rounding).
    """

    interval: int
    burst: int
    full_at: int = 0

    def take(self, now: int) -> tuple[Bucket, int]:
        """Return the bucket as it is afterwards, and how long to wait before the next try; 0: it was admitted."""
        wait = self.full_at - (self.burst - 1) * self.interval - now
        if wait > 0:
            return self, wait
        return replace(self, full_at=max(self.full_at, now) + self.interval), 0

"""What every limiter is held against."""

from __future__ import annotations

from fractions import Fraction


class Bucket:
    """The generic cell rate algorithm told in another way: a bucket of tokens that is filled all the time."""

    def __init__(self, per_minute: int, *, minute: int) -> None:
        self._rate = Fraction(1, minute // per_minute)
        self._size = per_minute
        self._tokens = Fraction(per_minute)
        self._at = 0

    def take(self, now: int) -> int:
        self._tokens = min(Fraction(self._size), self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return int((1 - self._tokens) / self._rate)
        self._tokens -= 1
        return 0

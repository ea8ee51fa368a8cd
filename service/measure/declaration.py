"""Declarations of metrics: name, meaning, labels, and the way in which workers are added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Literal, Self, TypeVar, overload

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

M = TypeVar("M", Counter, Gauge, Histogram)

OverWorkers = Literal["livesum", "livemax", "livemostrecent", "liveall"]
"""Value of a gauge over all living workers: their sum, the highest, the newest, or every worker's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration(Generic[M]):
    """One metric, as a class attribute. An instance of that class holds the metric under the same name."""

    kind: type[M]
    name: str
    """The name in Prometheus, with unit and `_total`."""
    meaning: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram."""
    over_workers: OverWorkers | None = None
    """`None` for counters and histograms, which are always summed."""

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> M: ...

    def __get__(self, instance: object | None, owner: type) -> Self | M:
        # An instance that has made its metrics finds them in its own attributes, before Python asks here.
        if instance is None:
            return self
        raise AttributeError(f"{owner.__name__} has not made {self.name}")

    def make(self, registry: CollectorRegistry) -> M:
        """Return the metric, registered."""
        options: dict[str, Any] = {"registry": registry}
        if self.buckets:
            options["buckets"] = self.buckets
        if self.over_workers is not None:
            options["multiprocess_mode"] = self.over_workers
        return self.kind(self.name, self.meaning, self.labels, **options)


def counter(name: str, meaning: str, *labels: str) -> Declaration[Counter]:
    """Declare a number that only grows. Workers are summed, ended workers included."""
    return Declaration(kind=Counter, name=name, meaning=meaning, labels=labels)


def gauge(name: str, meaning: str, *labels: str, over_workers: OverWorkers) -> Declaration[Gauge]:
    """Declare a number that rises and falls. Ended workers are left out."""
    return Declaration(kind=Gauge, name=name, meaning=meaning, labels=labels, over_workers=over_workers)


def histogram(name: str, meaning: str, *labels: str, buckets: tuple[float, ...]) -> Declaration[Histogram]:
    """Declare a distribution. Workers are summed, ended workers included."""
    return Declaration(kind=Histogram, name=name, meaning=meaning, labels=labels, buckets=buckets)


def declarations(owner: type) -> dict[str, Declaration[Any]]:
    """Return the metrics that a class declares, by their attribute, in order."""
    return {name: each for name, each in vars(owner).items() if isinstance(each, Declaration)}

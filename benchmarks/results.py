"""What the entrants of a scenario gave, round by round, and whether that keeps a promise."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Measured", "Result", "keeps"]


class Measured(Protocol):
    """What is asked of a scenario."""

    @property
    def name(self) -> str:
        """What the command line calls it."""

    @property
    def title(self) -> str:
        """What the table calls it."""

    @property
    def unit(self) -> str:
        """What its values are counted in."""

    @property
    def scale(self) -> float:
        """What makes such values of the measured ones."""


S = TypeVar("S", bound=Measured)


@dataclass
class Result(Generic[S]):
    """For each entrant a list with a measurement a round, or an error, or why it was left out."""

    scenario: S
    rounds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def values(self, label: str) -> list[float]:
        """Return an entrant's value of each round, in the scenario's unit; none if it failed."""
        if label in self.errors:
            return []
        return [one["value"] * self.scenario.scale for one in self.rounds.get(label, [])]

    def ratios(self, label: str, against: str) -> list[float]:
        """Return an entrant's value over another's, a round each."""
        ours, theirs = self.values(label), self.values(against)
        return [mine / other for mine, other in zip(ours, theirs, strict=False) if other > 0]


def keeps(values: Sequence[float], bound: float, higher_is_better: bool) -> bool | None:
    """Return whether the median keeps the promise; None if it could not be measured."""
    if not values:
        return None
    middle = statistics.median(values)
    return middle >= bound if higher_is_better else middle <= bound

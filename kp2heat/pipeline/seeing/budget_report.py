"""What representations cost, and which one to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SETTINGS = ("size", "stride", "sigma", "codec", "dtype", "normalize", "method")
"""What a representation is told by, as text."""
AP_SLACK, PX_SLACK = 0.001, 0.1
"""How much worse than the best a recommended representation may be: 0.1 AP points and 0.1 px."""


@dataclass(frozen=True)
class Cost:
    """What one representation costs. Lengths in input px, over the scored joints that were found.

    settings what it is, by SETTINGS
    pck      share of the scored joints nearer than 0.05 of the box's longer side
    ap       OKS-AP of a perfect network, 0 to 1: the mean over COCO's thresholds of the share of people whose
             OKS reaches it, dropped joints counting 0; None without sigmas
    joints   scored joints, with those that decoding does not find
    dropped  labelled joints that are not drawn, or not weighted; missed: scored ones that decoding does not find
    bytes    on disk per sample, and in all
    refused  why this combination is impossible; the numbers are None then, and lengths if no joint is found
    """

    settings: Mapping[str, str]
    mean: float | None = None
    p95: float | None = None
    max: float | None = None
    pck: float | None = None
    ap: float | None = None
    joints: int = 0
    dropped: int = 0
    missed: int = 0
    sample_bytes: float | None = None
    total_bytes: float | None = None
    refused: str = ""

    @property
    def words(self) -> str:
        """The settings in one line."""
        given = self.settings
        parts = [given["size"], f"sigma {given['sigma']}", given["codec"], given["dtype"]]
        parts += [given["normalize"]] if given["normalize"] != "none" else []
        return f"{', '.join(parts)}, decoded by {given['method']}"

    def to_json(self) -> dict[str, Any]:
        """Return the settings and the numbers as one flat record."""
        numbers = asdict(self)
        return {**numbers.pop("settings"), **numbers}


@dataclass(frozen=True)
class Budget:
    """The costs of all combinations, in the order asked for.

    samples  how many samples were drawn, of ``total``; ``noise`` as a share of the peak
    """

    costs: tuple[Cost, ...]
    samples: int
    total: int
    noise: float
    notes: tuple[str, ...]

    @property
    def best(self) -> Cost | None:
        """The most exact one: the highest AP within the slack, then the smallest error, then the fewest bytes."""
        usable = [cost for cost in self.costs if cost.mean is not None]
        if not usable:
            return None
        top = max(cost.ap or 0 for cost in usable)
        near = [cost for cost in usable if (cost.ap or 0) >= top - AP_SLACK]
        return min(near, key=lambda cost: (cost.mean, cost.sample_bytes))

    @property
    def recommended(self) -> Cost | None:
        """The smallest one within the slack of the best."""
        best = self.best
        if best is None or best.mean is None:
            return None
        near = [
            cost
            for cost in self.costs
            if cost.mean is not None
            and (cost.ap or 0) >= (best.ap or 0) - AP_SLACK
            and cost.mean <= best.mean + PX_SLACK
        ]
        return min(near, key=lambda cost: (cost.sample_bytes, cost.mean))

    def advice(self) -> str:
        """Return the recommendation and its reason in words."""
        best, chosen = self.best, self.recommended
        if best is None or chosen is None:
            return "None of these combinations is of use: no joint is found again."
        ap = "" if chosen.ap is None else f" and {100 * chosen.ap:.1f} AP"
        text = f"Use {chosen.words}: {chosen.mean:.3f} px mean error{ap} at {_kb(chosen)} per sample."
        if chosen is best:
            return f"{text} It is the most exact of these, and none within {PX_SLACK:g} px of it is smaller."
        top = "" if best.ap is None else f", {100 * best.ap:.1f} AP"
        return (
            f"{text} It is the smallest within {PX_SLACK:g} px and {100 * AP_SLACK:.1f} AP of the most exact one "
            f"({best.words}: {best.mean:.3f} px{top}, {_kb(best)})."
        )

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints; bytes per sample are on disk."""
        chosen = self.recommended
        return {
            "samples": self.samples,
            "total_samples": self.total,
            "noise": self.noise,
            "costs": [cost.to_json() for cost in self.costs],
            "recommended": None if chosen is None else self.costs.index(chosen),
            "advice": self.advice(),
            "notes": list(self.notes),
        }


def _kb(cost: Cost) -> str:
    return f"{(cost.sample_bytes or 0) / 1000:.2f} kB"

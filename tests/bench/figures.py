"""Figures as the bench prints them, each beside the bound it should reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; bounds are told, never asserted: these machines are noisy."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the bound was reached, or nothing where there is none."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}: {_said(self.value >= self.at_least)}"
        if self.at_most is not None:
            return f"at most {self.at_most:g}: {_said(self.value <= self.at_most)}"
        return ""

    def line(self) -> str:
        """The figure as a line of the report."""
        return f"{self.name:<58} {self.value:>12,.3f} {self.unit:<8} {self.verdict}".rstrip()


def _said(reached: bool) -> str:
    return "reached" if reached else "MISSED"

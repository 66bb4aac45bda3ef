"""How many connections are taken, and what is done about the memory of those who stay."""

from __future__ import annotations

import gc
import resource

import pytest

from backend.config import Config
from backend.realtime.capacity import Settling, most_subscribers


@pytest.mark.parametrize(
    ("files", "setting", "most"),
    [
        (1_024, 0, 819),
        (20_000, 0, 16_000),
        (1_048_576, 0, 20_000),
        (resource.RLIM_INFINITY, 0, 20_000),
        (1_024, 50_000, 50_000),
    ],
)
def test_as_many_are_taken_as_open_files_have_room_for(
    monkeypatch: pytest.MonkeyPatch, files: int, setting: int, most: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert most_subscribers(Config(max_subscribers=setting)) == most


def test_those_who_stay_are_no_business_of_the_garbage_collector(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    for name in ("collect", "freeze", "unfreeze"):
        monkeypatch.setattr(gc, name, lambda *_, name=name: done.append(name))
    settling = Settling()
    for population in range(1, 1_600):
        settling.see(population)
    assert done == ["collect", "freeze"] * 3
    done.clear()
    for population in range(1_600, -1, -1):
        settling.see(population)
    assert done == ["unfreeze", "collect", "freeze"] * 2

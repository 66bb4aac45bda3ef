"""The figures of several processes in one answer."""

from __future__ import annotations

import asyncio
import os

from prometheus_client.parser import text_string_to_metric_families

from backend.services.siblings import Siblings, merged
from backend.services.traffic import Traffic


def traffic(requests: int) -> Traffic:
    """What a process says that has answered so many requests."""
    made = Traffic()
    for _ in range(requests):
        made.begin()
        made.end("GET", 200, 0.01)
    return made


def requests_told(text: str) -> dict[str, float]:
    """The requests by process, as Prometheus reads them."""
    return {
        sample.labels["process"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "tablecast_requests_total"
    }


def test_merged_figures_are_read_by_prometheus_and_told_apart() -> None:
    told = {number: traffic(number).exposition().decode() for number in (1, 2)}
    assert requests_told(merged(told)) == {"1": 1.0, "2": 2.0}
    assert merged(told).count("# TYPE tablecast_requests_total") == 1


def test_a_process_that_is_not_there_is_left_out() -> None:
    async def run() -> str:
        everyone = [
            Siblings(traffic(number).exposition, family=os.getpid(), number=number, count=3)
            for number in (1, 2)
        ]
        for one in everyone:
            await one.start()
        told = await everyone[0].figures()
        for one in everyone:
            one.close()
        return told.decode()

    assert requests_told(asyncio.run(run())) == {"1": 1.0, "2": 2.0}


def test_one_process_alone_tells_its_figures_as_they_are() -> None:
    own = traffic(1)
    alone = Siblings(own.exposition, family=0, number=1, count=1)
    assert b"process=" not in asyncio.run(alone.figures())

"""What the hub takes for news, whom it tells, and what it does with those who take nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from backend.config import Config
from backend.domain import Change, Standing, What
from backend.realtime.frames import TOO_SLOW
from backend.realtime.hub import Hub
from tests.services.ears import Ears


def a_hub(**settings: Any) -> Hub:
    return Hub(standings, Config(**{"change_interval_s": 0.0, "viewers_every_s": 0.0, **settings}))


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def turns(number: int = 20) -> None:
    """Let the loop do what is ready to be done."""
    for _ in range(number):
        await asyncio.sleep(0)


def told(*changes: Change) -> list[tuple[int, list[str]]]:
    """The changes one subscriber is told of when these are published one after another."""
    heard: list[tuple[int, list[str]]] = []

    async def publish() -> None:
        ears, hub = Ears(), a_hub()
        await hub.subscribe(ears, ["abc"])
        for change in changes:
            hub.on_change(change)
            await turns()
        heard.extend((frame["seq"], sorted(frame["what"])) for frame in ears.told())

    run(publish())
    return heard


async def standings(shares: Sequence[str]) -> dict[str, Standing | None]:
    return {share_id: Standing(seq=1, revision=1) for share_id in shares}


def change(seq: int, *what: What) -> Change:
    return Change("abc", seq, 1, frozenset(what or {What.SHARE}))


def test_a_change_that_comes_by_two_ways_is_told_once() -> None:
    """This node's own word, and PostgreSQL's word of the same, come in either order."""
    assert told(change(2, What.SHARE), change(2, What.SHARE)) == [(2, ["share"])]


def test_an_older_change_is_told_with_the_latest_seq_where_it_says_something_else() -> None:
    assert told(change(3, What.PRESENTER), change(2, What.SHARE)) == [
        (3, ["presenter"]),
        (3, ["share"]),
    ]


def test_an_older_change_of_the_same_kind_says_nothing_new() -> None:
    assert told(change(3, What.SHARE), change(2, What.SHARE)) == [(3, ["share"])]


def test_of_two_kinds_only_the_unknown_one_is_told() -> None:
    assert told(change(2, What.SHARE), change(2, What.SHARE, What.REVISION)) == [
        (2, ["share"]),
        (2, ["revision"]),
    ]


def test_who_takes_nothing_owes_no_queue_and_hears_the_latest_once_it_reads_on() -> None:
    async def slow() -> None:
        ears, other, hub = Ears(), Ears(), a_hub()
        await hub.subscribe(ears, ["abc"])
        await hub.subscribe(other, ["abc"])
        ears.full = True
        for seq in range(2, 50):
            hub.on_change(change(seq, What.SHARE if seq % 2 else What.REVISION))
            await other.hears("change", seq - 1)
        assert [frame["seq"] for frame in ears.told()] == [2]
        ears.read_on()
        last = (await ears.hears("change", 2))[-1]
        assert (last["seq"], last["what"]) == (49, ["revision", "share"])
        hub.on_change(change(50))
        assert (await ears.hears("change", 3))[-1]["seq"] == 50

    run(slow())


def test_who_takes_nothing_for_too_long_is_closed_and_nobody_else() -> None:
    async def stalled() -> None:
        ears, other, hub = Ears(), Ears(), a_hub(subscriber_stall_s=0.01)
        await hub.subscribe(ears, ["abc"])
        await hub.subscribe(other, ["abc"])
        ears.full = True
        hub.on_change(change(2))
        await ears.ends()
        assert (ears.code, other.code, hub.subscribers) == (TOO_SLOW, None, 1)
        hub.on_change(change(3))
        await other.hears("change", 2)

    run(stalled())


def test_a_change_while_hello_is_being_read_is_told_after_it() -> None:
    async def slip() -> None:
        reading = asyncio.Event()

        async def slow_standings(shares: Sequence[str]) -> dict[str, Standing | None]:
            found = await standings(shares)
            await reading.wait()
            return found

        ears = Ears()
        hub = Hub(slow_standings, Config())
        joining = asyncio.create_task(hub.subscribe(ears, ["abc"]))
        await turns()
        hub.on_change(change(2))
        await turns()
        assert ears.frames == []
        reading.set()
        await joining
        await ears.hears("change", 1)
        assert [frame["type"] for frame in ears.frames] == ["hello", "change"]

    run(slip())


def test_changes_during_a_long_round_are_told_in_the_next_one() -> None:
    async def crowded() -> None:
        hub, crowd = a_hub(), [Ears() for _ in range(1_000)]
        for ears in crowd:
            await hub.subscribe(ears, ["abc"])
        hub.on_change(change(2))
        await turns(2)
        for seq in range(3, 9):
            hub.on_change(change(seq))
        for ears in crowd:
            seqs = [frame["seq"] for frame in await ears.hears("change", 2)]
            assert seqs in ([2, 8], [8, 8])
        assert [frame["seq"] for ears in crowd for frame in ears.told()].count(2) >= 200

    run(crowded())


def test_a_change_that_hello_knew_of_already_takes_no_seq_back() -> None:
    async def late() -> None:
        ears, hub = Ears(), Hub(ahead, Config(change_interval_s=0.0))
        await hub.subscribe(ears, ["abc"])
        hub.on_change(change(5, What.REVISION))
        (frame,) = await ears.hears("change", 1)
        assert (frame["seq"], frame["revision"], frame["what"]) == (9, 3, ["revision"])
        hub.on_change(change(9, What.SHARE))
        assert [frame["seq"] for frame in await ears.hears("change", 2)] == [9, 9]

    async def ahead(shares: Sequence[str]) -> dict[str, Standing | None]:
        return {share_id: Standing(seq=9, revision=3) for share_id in shares}

    run(late())


def test_who_is_told_of_a_later_change_within_a_round_hears_no_earlier_one_after_it() -> None:
    async def overtaken() -> None:
        hub, crowd = a_hub(), [Ears() for _ in range(3_000)]
        for number, ears in enumerate(crowd):
            await hub.subscribe(ears, ["abc"])
            ears.full = number % 2 == 0
        for seq in (2, 3):  # the slow ones take the first and are owed the second
            hub.on_change(change(seq))
            for ears in crowd[1::2]:
                await ears.hears_seq(seq)
            await turns()  # the round is over
        hub.on_change(change(4))
        await turns(1)
        hub.on_change(change(5))
        for ears in crowd:
            ears.read_on()
        await crowd[1].hears_seq(5)
        hub.on_change(change(6))
        for ears in crowd:
            seqs = await ears.hears_seq(6)
            assert seqs == sorted(seqs)

    run(overtaken())


def test_a_connection_that_breaks_concerns_itself_alone() -> None:
    async def breaking() -> None:
        broken, ears, hub = Ears(), Ears(), a_hub()
        await hub.subscribe(broken, ["abc"])
        await hub.subscribe(ears, ["abc"])
        broken.code = 1006
        hub.on_change(change(2))
        await ears.hears("change", 1)
        assert hub.subscribers == 1

    run(breaking())


def test_who_answers_no_ping_is_closed() -> None:
    async def silent() -> None:
        dead, ears, hub = Ears(), Ears(), a_hub(heartbeat_s=0.001)
        await hub.subscribe(dead, ["abc"])
        await hub.subscribe(ears, ["abc"])
        dead.lives = False
        beating = asyncio.create_task(hub.beat())
        await ears.hears("heartbeat", 2)
        beating.cancel()
        assert (dead.code, ears.code) == (TOO_SLOW, None)

    run(silent())


def test_a_stop_says_bye_to_the_slow_ones_too() -> None:
    async def stopping() -> None:
        slow, ears, hub = Ears(), Ears(), a_hub()
        await hub.subscribe(slow, ["abc"])
        await hub.subscribe(ears, ["abc"])
        slow.full = True
        await hub.close()
        assert slow.frames[-1]["type"] == ears.frames[-1]["type"] == "bye"
        assert slow.code == ears.code == 1012
        assert hub.subscribers == 0

    run(stopping())


def test_viewers_are_told_as_one_number_and_everyone_ends_with_the_same() -> None:
    async def counting() -> None:
        hub, crowd = a_hub(viewers_every_s=0.01), [Ears() for _ in range(5)]
        joined = [await hub.subscribe(ears, ["abc"]) for ears in crowd]
        assert [ears.told("hello")[0]["shares"]["abc"]["viewers"] for ears in crowd] == [
            1,
            2,
            3,
            4,
            5,
        ]
        assert [(await ears.hears("viewers", 1))[-1]["viewers"] for ears in crowd] == [5] * 5
        hub.unsubscribe(joined[0])
        late = Ears()
        await hub.subscribe(late, ["abc"])  # the number is what it was, and still not known to all
        hub.viewers_elsewhere({"abc": 7, "other": 3})
        for ears in [*crowd[1:], late]:
            assert (await ears.hears("viewers", 1 + (ears is not late)))[-1]["viewers"] == 12
        assert crowd[0].told("viewers")[-1]["viewers"] == 5
        assert hub.viewers() == {"abc": 5}

    run(counting())


def test_one_who_came_and_left_between_two_tellings_leaves_no_wrong_number_behind() -> None:
    async def passing() -> None:
        hub, ears, other = a_hub(viewers_every_s=0.01), Ears(), Ears()
        first = await hub.subscribe(ears, ["abc"])
        await hub.subscribe(other, ["abc"])
        hub.unsubscribe(first)
        assert (await other.hears("viewers", 1))[-1]["viewers"] == 1

    run(passing())


def test_nobody_is_told_of_less_than_hello_said() -> None:
    """Hello reads the database, where a change may stand that this node has yet to hear of."""

    async def greet() -> None:
        async def ahead(shares: Sequence[str]) -> dict[str, Standing | None]:
            return {share_id: Standing(seq=9, revision=4) for share_id in shares}

        hub = Hub(ahead, Config(change_interval_s=0.0))
        ears = Ears()
        await hub.subscribe(ears, ["abc"])
        hub.on_change(change(5, What.SHARE))
        (frame,) = await ears.hears("change", 1)
        assert (frame["seq"], frame["revision"], frame["what"]) == (9, 4, ["share"])

    run(greet())

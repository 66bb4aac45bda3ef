"""How many look: a number on the channel, never a name."""

from __future__ import annotations

from tests.api.test_changes import receive
from tests.client import API, Client

CSV = b"a\n1\n"


def test_hello_counts_whoever_comes_and_the_others_are_told(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    with client.changes(share.id) as first:
        assert receive(first, "hello")["shares"][share.id]["viewers"] == 1
        with client.changes(share.id, "nobody-knows-this-one") as second:
            shares = receive(second, "hello")["shares"]
            assert shares[share.id]["viewers"] == 2
            assert shares["nobody-knows-this-one"] == {"gone": True}
            told = receive(first, "viewers")
        assert told == {"type": "viewers", "share": share.id, "viewers": 2}
        assert receive(first, "viewers")["viewers"] == 1


def test_a_poll_is_told_how_many_look_and_is_not_one_of_them(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    address = f"{API}/changes?share={share.id}"
    assert client.request("GET", address).json()["shares"][share.id]["viewers"] == 0
    with client.changes(share.id) as channel:
        receive(channel, "hello")
        assert client.request("GET", address).json()["shares"][share.id]["viewers"] == 1

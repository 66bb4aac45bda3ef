"""The headers that every answer has, and the codings that a client takes."""

from __future__ import annotations

import re
import time
from email.utils import formatdate
from functools import lru_cache

from tornado.httputil import HTTPHeaders

EXPOSED = (
    "ETag, Link, Location, Content-Disposition, Content-Range, Accept-Ranges, Retry-After, "
    "Preference-Applied"
)
ALWAYS = {
    "Server": "Tablecast",
    "Content-Type": "application/json",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
    "Vary": "Authorization, Cookie, Accept-Encoding",
    # Reads are open to every origin, but never with a browser's cookies.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": EXPOSED,
}
CODING = re.compile(
    r"\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*q\s*=\s*(?P<weight>[01](?:\.\d{0,3})?)\s*)?",
    re.IGNORECASE,
)


class FirstHeaders(HTTPHeaders):
    """The headers of an answer as it begins: `ALWAYS`, and the time.

    They are copied as a whole, for setting them one by one checks each again, a thousand times a
    second, and takes longer than finding the page.
    """

    def __init__(self) -> None:
        self._as_list = {name: [value] for name, value in ALWAYS.items()}
        self._combined_cache = {**ALWAYS}
        self["Date"] = _date(int(time.time()))


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client that sent this Accept-Encoding wants gzip (RFC 9110, section 12.5.3).

    One that sent none gets bytes as they are: it did not ask.
    """
    weights: dict[str, float] = {}
    for part in accept_encoding.split(","):
        found = CODING.fullmatch(part)
        if found is not None:
            weights[found["name"].lower()] = float(found["weight"] or 1)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0)))
    return gzip > 0 and gzip >= weights.get("identity", 0)

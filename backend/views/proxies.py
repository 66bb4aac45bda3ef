"""Whom we believe what it says of its clients: the proxies that were named, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address

from tornado.httputil import HTTPServerRequest

from backend.config import Network

SCHEMES = ("http", "https")


class TrustedProxies:
    """The networks of the proxies whose `X-Forwarded-*` headers count."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks
        self._is_trusted = lru_cache(maxsize=1_024)(self._looked_up)

    def apply(self, request: HTTPServerRequest) -> None:
        """Put the client's address, scheme and host into a request that came through a proxy.

        Each proxy appends whom it was asked by, so the last address that is none of ours is the
        client: what stands before it is only its word.
        """
        if not self._networks or not self._is_trusted(request.remote_ip or ""):
            return
        headers = request.headers
        request.remote_ip = self._client(headers.get("X-Forwarded-For", ""), request.remote_ip)
        scheme = headers.get("X-Forwarded-Proto", "").strip().lower()
        if scheme in SCHEMES:
            request.protocol = scheme
        host = headers.get("X-Forwarded-Host", "").strip()
        if host:
            request.host = host

    def _client(self, forwarded_for: str, peer: str | None) -> str | None:
        for hop in map(str.strip, reversed(forwarded_for.split(","))):
            if not _is_address(hop):
                return peer
            peer = hop
            if not self._is_trusted(hop):
                return peer
        return peer

    def _looked_up(self, address: str) -> bool:
        return _is_address(address) and any(
            ip_address(address) in network for network in self._networks
        )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True

"""The figures of caches and channels, for whoever watches the server."""

from __future__ import annotations

from backend.realtime.hub import Hub
from backend.services.pages import EncodedCache
from backend.services.traffic import Traffic
from backend.tables.pages import PageReader


def publish_figures(traffic: Traffic, hub: Hub, encoded: EncodedCache, reader: PageReader) -> None:
    """Have `/metrics` tell them; each is read when somebody asks."""
    traffic.gauge("tablecast_subscribers", "Open channels", lambda: hub.subscribers)
    traffic.gauge("tablecast_page_cache_bytes", "Encoded pages kept", lambda: encoded.bytes)
    traffic.gauge("tablecast_page_cache_hits", "Pages found encoded", lambda: encoded.hits)
    traffic.gauge(
        "tablecast_row_group_cache_bytes", "Decoded row groups kept", lambda: reader.decoded.bytes
    )

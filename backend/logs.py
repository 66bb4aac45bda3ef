"""Structured logs. Share ids and tokens are rights, and so never appear in them."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

from backend.config import Config

SECRETS = re.compile(r"(?<=/s/)[\w-]{16,}|(?<=/shares/)[\w-]{16,}|(?<=share=)[\w-]{16,}|tct_[\w-]+")


def redact(_logger: Any, _method: str, event: Any) -> Any:
    """Replace ids and tokens in every text of an event, however deep."""
    return {name: _redacted(value) for name, value in event.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return SECRETS.sub("…", value)
    if isinstance(value, list | tuple):
        return [_redacted(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _redacted(inner) for name, inner in value.items()}
    return value


def _of_process(number: int) -> Any:
    return lambda _logger, _method, event: {"process": number, **event}


def configure(config: Config, process: int | None = None) -> None:
    """Send our own events and those of the libraries to standard error, in one form.

    Where there are several processes each event says which one's it is.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if config.log_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        *([] if process is None else [_of_process(process)]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(config.log_level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Requests are counted in /metrics; a line for each would cost more than a page.
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    # It quotes the headers of what is no HTTP, and there may be cookies in them.
    logging.getLogger("tornado.general").setLevel(logging.WARNING)

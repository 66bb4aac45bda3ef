"""What schemathesis has to be told of this API; it loads this file by SCHEMATHESIS_HOOKS."""

from __future__ import annotations

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@schemathesis.hook
def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """A JSON body with `?filename=` is a file to be read, and any JSON will do for that."""
    return not (case.media_type == "application/json" and "filename" in (case.query or {}))

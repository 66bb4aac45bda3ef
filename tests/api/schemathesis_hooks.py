"""What schemathesis has to be told of this API; it loads this file by SCHEMATHESIS_HOOKS."""

from __future__ import annotations

from typing import Any

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@schemathesis.hook
def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out what is called wrong and is right once it is on the wire."""
    return not is_file_of_json(case) and not is_form_of_other_than_text(case)


def is_file_of_json(case: schemathesis.Case[Any]) -> bool:
    """A JSON body with `?filename=` is a file to be read, and any JSON will do for that."""
    return case.media_type == "application/json" and "filename" in (case.query or {})


def is_form_of_other_than_text(case: schemathesis.Case[Any]) -> bool:
    """A form knows text only: the number 5 as a title is the title "5"."""
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return False
    return not all(isinstance(value, str | bytes) for value in case.body.values())

"""Fields of our own: one line of text, comma-separated names, a moment, a whole number."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

# Control characters, and what breaks a line; PostgreSQL cannot even store U+0000.
FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"


class Line(fields.String):
    """One line of text, `shortest` to `longest` characters, none of which is a control.

    `visible`: at least one of them is no space. `pattern` is what the documentation says instead.
    """

    def __init__(
        self,
        shortest: int,
        longest: int,
        *,
        visible: bool = False,
        pattern: str = "",
        **options: Any,
    ) -> None:
        said = (
            rf"^[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*$" if visible else rf"^[^{CONTROLS}]*$"
        )
        metadata = {"pattern": pattern or said, **options.pop("metadata", {})}
        length = validate.Length(shortest, longest)
        super().__init__(validate=length, metadata=metadata, **options)
        self._visible = visible

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        if any(unicodedata.category(character) in FORBIDDEN for character in text):
            raise ValidationError("Control characters and line breaks are not allowed.")
        if self._visible and re.search(r"\S", text) is None:
            raise ValidationError("Give at least one character that can be seen.")
        return text


class Names(fields.String):
    """Comma-separated names, as in `columns=a,b`; loaded as a tuple."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        names = tuple(text.split(","))
        if not all(names):
            raise ValidationError("Give names separated by single commas.")
        if len(set(names)) != len(names):
            raise ValidationError("A name is given twice.")
        return names


class Moment(fields.Field[datetime]):
    """A moment in UTC, dumped as RFC 3339 with a Z."""

    def _serialize(self, value: datetime | None, *_args: Any, **_kwargs: Any) -> str | None:
        if value is None:
            return None
        text = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")


class WholeNumber(fields.Integer):
    """A whole number in plain digits: no sign, no blanks, nothing that rounds."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 20):
            raise ValidationError("Give a whole number in digits.")
        return super()._validated(value)

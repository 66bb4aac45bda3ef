"""Fields of our own: a string of comma-separated names, an RFC 3339 moment, a reading option."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields


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

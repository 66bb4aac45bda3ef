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

LINES = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?", re.ASCII)


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


class Lines(fields.Field[Any]):
    """The number of a line, or a range of them as `2-4`; loaded as a number or as the range.

    `most`: so many lines may a range have. `largest`: no line has a greater number.
    """

    def __init__(self, *, most: int, largest: int, **options: Any) -> None:
        number = {"type": "integer", "minimum": 0, "maximum": largest}
        either = [number, {"type": "string", "pattern": r"^[1-9][0-9]{0,6}-[1-9][0-9]{0,6}$"}]
        super().__init__(metadata={"anyOf": either, **options.pop("metadata", {})}, **options)
        self._most = most
        self._largest = largest

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> int | str:
        found = LINES.fullmatch(str(value)) if type(value) in (int, str) else None
        if found is None:
            raise ValidationError("Give the number of a line, or the first and the last as in 2-4.")
        first, last = int(found[1]), int(found[2] or found[1])
        if max(first, last) > self._largest:
            raise ValidationError(f"A line has a number of at most {self._largest:,}.")
        if last < first or (found[2] and not first):
            raise ValidationError("Give the first line before the last, and count from 1.")
        if last - first >= self._most:
            raise ValidationError(f"At most {self._most} lines can be one header.")
        return first if first == last else f"{first}-{last}"


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

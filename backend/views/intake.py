"""Taking a file out of a request body: raw, or one part of a multipart form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from backend.config import KIB
from backend.errors import MalformedBodyError, MissingFileError

MAX_FORM_PARTS = 32
MAX_FIELD_BYTES = 16 * KIB


class Receiver(Protocol):
    """Takes the bytes of one file: an upload, or a sample of it."""

    async def write(self, data: bytes) -> None: ...

    async def abandon(self) -> None: ...


R = TypeVar("R", bound=Receiver)
R_co = TypeVar("R_co", bound=Receiver, covariant=True)
Begin = Callable[[], R]
"""Makes a receiver for each file that comes."""


class Intake(Protocol[R_co]):
    """Where the chunks of a body go."""

    fields: dict[str, str]
    filename: str | None

    async def take(self, chunk: bytes) -> None: ...

    async def finish(self) -> R_co: ...

    async def abandon(self) -> None: ...


class RawIntake(Generic[R]):
    """The whole body is the file."""

    def __init__(self, begin: Begin[R]) -> None:
        self._upload = begin()
        self.fields: dict[str, str] = {}
        self.filename: str | None = None

    async def take(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        await self._upload.write(chunk)

    async def finish(self) -> R:
        """The receiver, all its bytes taken."""
        return self._upload

    async def abandon(self) -> None:
        """Forget what came."""
        await self._upload.abandon()


class FormIntake(Generic[R]):
    """One part named `file`, or with the name of a file, is the file; the others are fields."""

    def __init__(self, begin: Begin[R], content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get("boundary", "")
        if re.fullmatch(r"[ -~]{1,200}", boundary) is None:
            raise MalformedBodyError("The Content-Type of a multipart form needs a boundary.")
        self._parser = PushMultipartParser(boundary, max_segment_count=MAX_FORM_PARTS)
        self._begin = begin
        self._upload: R | None = None
        self._part: MultipartSegment | None = None
        self._field = bytearray()
        self.fields: dict[str, str] = {}
        self.filename: str | None = None

    async def take(self, chunk: bytes) -> None:
        """Take the next bytes of the form."""
        try:
            for event in self._parser.parse(chunk):
                await self._on_event(event)
        except MultipartError as error:
            raise MalformedBodyError(f"The multipart form is malformed: {error}.") from error

    async def finish(self) -> R:
        """The receiver, all its bytes taken."""
        try:
            self._parser.close()
        except MultipartError as error:
            raise MalformedBodyError(f"The multipart form ends too early: {error}.") from error
        if self._upload is None:
            raise MissingFileError(
                "The form has no file: give its part the name 'file', or the name of a file."
            )
        return self._upload

    async def abandon(self) -> None:
        """Forget what came."""
        if self._upload is not None:
            await self._upload.abandon()

    async def _on_event(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin_part(event)
        elif event is None:
            self._end_part()
        elif self._is_file(self._part) and self._upload is not None:
            await self._upload.write(bytes(event))
        else:
            self._field += event
            if len(self._field) > MAX_FIELD_BYTES:
                raise MalformedBodyError(self._too_long())

    def _begin_part(self, part: MultipartSegment) -> None:
        self._part = part
        self._field.clear()
        if self._is_file(part):
            if self._upload is not None:
                raise MalformedBodyError("The form has more than one file.")
            self._upload = self._begin()
            self.filename = part.filename

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if part is None or self._is_file(part):
            return
        if part.name in self.fields:
            raise MalformedBodyError(f"The form field {part.name!r} is given more than once.")
        try:
            self.fields[part.name] = self._field.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedBodyError(f"The form field {part.name!r} is not UTF-8.") from error

    def _too_long(self) -> str:
        name = "" if self._part is None else self._part.name
        return (
            f"The form field {name[:50]!r} is longer than any field may be. If it is the file, "
            "name the part 'file', or give it the name of a file."
        )

    @staticmethod
    def _is_file(part: MultipartSegment | None) -> bool:
        return part is not None and (part.name == "file" or bool(part.filename))

"""`@operation`: what a handler takes and gives, said once, for validation and for OpenAPI."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from marshmallow import Schema, ValidationError, fields

from backend.errors import InvalidParameterError, MalformedBodyError, ServiceError


@dataclass(frozen=True)
class Header:
    """A request header that only some operations heed; its schema as OpenAPI has it."""

    name: str
    meaning: str
    schema: Mapping[str, Any]
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one resource. `request` maps media types to schemas (None: raw bytes)."""

    summary: str
    tag: str
    query: type[Schema] | None = None
    request: Mapping[str, type[Schema] | None] | None = None
    response: type[Schema] | None = None
    status: int = 200
    produces: str = "application/json"
    also_produces: tuple[str, ...] = ()
    """Other media types of the same answer, which are no JSON."""
    errors: tuple[type[ServiceError], ...] = ()
    credentials: str = "none"
    """`none`, `optional` or `required`."""
    not_modified: bool = False
    tagged: bool = False
    """Whether the answer has an ETag although nobody can ask `If-None-Match`."""
    conditional: bool = False
    """Whether `If-Match` is heeded."""
    uploads: bool = False
    """Whether `Idempotency-Key` and `Prefer: wait` are heeded."""
    partial: bool = False
    """Whether `Range` is heeded."""
    headers: tuple[Header, ...] = ()
    """Other request headers that are heeded."""
    told: Mapping[str, str] = field(default_factory=dict)
    """Other response headers, and what they mean."""
    body_required: bool = True
    description: str = ""


class OperationHandler(Protocol):
    """What `@operation` needs of the view it decorates a method of."""

    operation: Operation

    def begin_operation(self, operation: Operation) -> None: ...


View = TypeVar("View", bound=OperationHandler)
Method = Callable[..., Coroutine[Any, Any, None]]
WHOLE = "_schema"
"""Under which name marshmallow complains about a document as a whole."""


def operation(**description: Any) -> Callable[[Method], Method]:
    """Attach an `Operation` to a view's method; it is in force while the method runs."""
    described = Operation(**description)

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        async def run(view: OperationHandler, *args: Any, **kwargs: Any) -> None:
            view.begin_operation(described)
            await method(view, *args, **kwargs)

        run.operation = described  # type: ignore[attr-defined]
        return run

    return decorate


def operation_of(view: type, method: str) -> Operation | None:
    """The operation of a view class's method, or None where it has none."""
    return getattr(getattr(view, method, None), "operation", None)


def load_query(schema: type[Schema] | None, arguments: Mapping[str, list[bytes]]) -> Any:
    """Validate query arguments. Unknown, repeated or wrong ones raise InvalidParameterError."""
    loader = _loader(schema or Schema)
    values: dict[str, Any] = {}
    for raw_name, given in arguments.items():
        name = _parameter_name(raw_name)
        several = takes_several(loader, name)
        if len(given) > 1 and not several:
            raise InvalidParameterError(f"The parameter {name!r} is given {len(given)} times.")
        try:
            texts = [text.decode("utf-8") for text in given]
        except UnicodeDecodeError as error:
            raise InvalidParameterError(f"The parameter {name!r} is not UTF-8 text.") from error
        values[name] = texts if several else texts[0]
    try:
        return loader.load(values)
    except ValidationError as error:
        raise _invalid(error, values) from error


@functools.cache
def _loader(schema: type[Schema]) -> Schema:
    # making one copies all of its fields: a tenth of what it takes to open a channel
    return schema()


def _parameter_name(raw: str) -> str:
    """A parameter's name; the framework reads the bytes of names, not of values, as Latin-1."""
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError as error:
        raise InvalidParameterError("The name of a parameter is not UTF-8 text.") from error


def takes_several(loader: Schema, name: str) -> bool:
    """Whether a parameter may be repeated: a list, or one of the filters that a schema takes."""
    known = loader.fields.get(name)
    if known is None:
        return bool(getattr(loader, "takes_filters", False))
    return isinstance(known, fields.List)


def load_document(schema: type[Schema], document: Any) -> Any:
    """Validate a decoded JSON body; what is wrong raises MalformedBodyError naming the field."""
    try:
        return schema().load(document)
    except ValidationError as error:
        problem = _invalid(error, document if isinstance(document, dict) else {})
        raise MalformedBodyError(problem.detail, errors=problem.errors) from error


def _invalid(error: ValidationError, values: Mapping[str, Any]) -> InvalidParameterError:
    messages: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
    if WHOLE in messages:
        return InvalidParameterError("A JSON object is wanted here.")
    problems = [
        {"parameter": name, "value": _shown(values.get(name)), "detail": _sentence(message)}
        for name, message in messages.items()
    ]
    told = [f"{name[:200]}: {_sentence(message)}" for name, message in messages.items()][:20]
    return InvalidParameterError(" ".join(told), errors=problems)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    repeated = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return (", ".join(value) if repeated else str(value))[:200]


def _sentence(message: Any) -> str:
    if isinstance(message, dict):
        return " ".join(_sentence(part) for part in message.values())
    if isinstance(message, list):
        return " ".join(_sentence(part) for part in message)
    return str(message)

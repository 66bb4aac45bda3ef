"""Every error a service can give: a stable code, an HTTP status, a title. No framework in here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class ServiceError(Exception):
    """A refusal with a reason: `detail` says what, where and what to do."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on the server"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[dict[str, Any]] = (),
        headers: dict[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)
        self.headers = headers or {}
        self.extensions = extensions


class BadRequestError(ServiceError):
    code = "bad_request"
    status = 400
    title = "The request cannot be understood"


class InvalidParameterError(BadRequestError):
    code = "invalid_parameter"
    title = "A parameter is unknown or has a value that is not allowed"


class UnknownColumnError(BadRequestError):
    code = "unknown_column"
    title = "There is no such column"


class UnknownSheetError(BadRequestError):
    code = "unknown_sheet"
    title = "There is no such sheet"


class MissingFileError(BadRequestError):
    code = "missing_file"
    title = "The request carries no file"


class EmptyFileError(BadRequestError):
    code = "empty_file"
    title = "The file is empty"


class MalformedBodyError(BadRequestError):
    code = "malformed_body"
    title = "The body of the request is malformed"


class UnauthorizedError(ServiceError):
    code = "credentials_required"
    status = 401
    title = "This needs an edit token or the browser that made the share"


class ForbiddenError(ServiceError):
    code = "not_allowed"
    status = 403
    title = "These credentials do not allow that"


class NotFoundError(ServiceError):
    code = "not_found"
    status = 404
    title = "There is nothing here"


class MethodNotAllowedError(ServiceError):
    code = "method_not_allowed"
    status = 405
    title = "This resource does not know that method"


class NotAcceptableError(ServiceError):
    code = "not_acceptable"
    status = 406
    title = "The answer cannot be given in a form you accept"


class ConflictError(ServiceError):
    code = "conflict"
    status = 409
    title = "The request does not fit the present state"


class NoRevisionYetError(ConflictError):
    code = "no_revision_yet"
    title = "This share has no revision that can be shown yet"


class NotReadyError(ConflictError):
    code = "not_ready"
    title = "This revision cannot be shown"


class PreconditionFailedError(ServiceError):
    code = "precondition_failed"
    status = 412
    title = "The share has changed since you read it"


class PayloadTooLargeError(ServiceError):
    code = "payload_too_large"
    status = 413
    title = "The file is larger than this server takes"


class UnsupportedMediaTypeError(ServiceError):
    code = "unsupported_media_type"
    status = 415
    title = "The request's Content-Type is not one this resource takes"


class RangeNotSatisfiableError(ServiceError):
    code = "range_not_satisfiable"
    status = 416
    title = "The file does not have these bytes"


class IdempotencyMismatchError(ServiceError):
    code = "idempotency_mismatch"
    status = 422
    title = "This Idempotency-Key was used with another request"


class PageTooLargeError(BadRequestError):
    code = "page_too_large"
    title = "The page would be larger than this server sends"


class UpgradeRequiredError(ServiceError):
    code = "upgrade_required"
    status = 426
    title = "This is a WebSocket"


class UnavailableError(ServiceError):
    code = "unavailable"
    status = 503
    title = "The server cannot answer this now"


class InternalError(ServiceError):
    """An unexpected failure; its text stays on the server."""


def catalogue() -> list[type[ServiceError]]:
    """Every concrete error class, in order of status and code."""
    found: list[type[ServiceError]] = []
    pending = [ServiceError]
    while pending:
        error = pending.pop()
        pending.extend(error.__subclasses__())
        found.append(error)
    return sorted(set(found) - {ServiceError}, key=lambda error: (error.status, error.code))

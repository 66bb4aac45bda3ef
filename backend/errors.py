"""Every error a service can give: a stable code, an HTTP status, a title. No framework in here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class ServiceError(Exception):
    """A refusal with a reason: `detail` says what, where and what to do."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on the server"
    remedy: ClassVar[str] = (
        "Try again later. If it stays, tell whoever runs the server when it happened: the reason "
        "is in the log."
    )
    """What the caller can do about it."""

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
    remedy = "Read the detail: it names the header or the part of the address that is wrong."


class InvalidParameterError(BadRequestError):
    code = "invalid_parameter"
    title = "A parameter is unknown or has a value that is not allowed"
    remedy = "Read `errors`: each entry names a parameter and what it may be."


class UnknownColumnError(BadRequestError):
    code = "unknown_column"
    title = "There is no such column"
    remedy = "Use a `key` from the revision's columns. The detail tells those that come near."


class UnknownSheetError(BadRequestError):
    code = "unknown_sheet"
    title = "There is no such sheet"
    remedy = "Use a name or an index from the revision's `sheets`."


class MissingFileError(BadRequestError):
    code = "missing_file"
    title = "The request carries no file"
    remedy = (
        "Put the file into a form part named `file`, or send it as the raw body with `?filename=`."
    )


class EmptyFileError(BadRequestError):
    code = "empty_file"
    title = "The file is empty"
    remedy = "Check that the file was saved before it was sent, and that its bytes are sent."


class MalformedBodyError(BadRequestError):
    code = "malformed_body"
    title = "The body of the request is malformed"
    remedy = "Check the JSON, or the boundaries of the form; the detail says where it broke."


class UnauthorizedError(ServiceError):
    code = "credentials_required"
    status = 401
    title = "This needs an edit token or the browser that made the share"
    remedy = "Send the share's edit token as `Authorization: Bearer …`, or use its maker's browser."


class ForbiddenError(ServiceError):
    code = "not_allowed"
    status = 403
    title = "These credentials do not allow that"
    remedy = "Use the edit token that came with this very share."


class NotFoundError(ServiceError):
    code = "not_found"
    status = 404
    title = "There is nothing here"
    remedy = "Check that the link was copied whole. What was deleted looks like what never was."


class MethodNotAllowedError(ServiceError):
    code = "method_not_allowed"
    status = 405
    title = "This resource does not know that method"
    remedy = "Use one of the methods in the `Allow` header."


class NotAcceptableError(ServiceError):
    code = "not_acceptable"
    status = 406
    title = "The answer cannot be given in a form you accept"
    remedy = "Leave out the `Accept` header, or name the media type that the documentation gives."


class ConflictError(ServiceError):
    code = "conflict"
    status = 409
    title = "The request does not fit the present state"
    remedy = "Read the resource again and decide anew."


class NoRevisionYetError(ConflictError):
    code = "no_revision_yet"
    title = "This share has no revision that can be shown yet"
    remedy = "Upload a file, or wait: follow the share's changes, or ask again in a moment."


class NotReadyError(ConflictError):
    code = "not_ready"
    title = "This revision cannot be shown"
    remedy = "Look at `state`: wait while it is `processing`; `failure` says why it is `failed`."


class WrongOffsetError(ConflictError):
    code = "wrong_offset"
    title = "The upload stands at another byte"
    remedy = "Ask where it stands with HEAD, and go on from there."


class UploadGoneError(ServiceError):
    code = "upload_gone"
    status = 410
    title = "This upload has expired, or was ended"
    remedy = "Begin a new upload. The share it was for is still there."


class NothingYetError(ConflictError):
    code = "nothing_yet"
    title = "Nothing of this upload can be shown yet"
    remedy = "Ask again when more of the file has come, or follow its share's changes."


class NothingToRestoreError(ConflictError):
    code = "nothing_to_restore"
    title = "This revision has no rows that could be restored"
    remedy = "Restore a revision that is ready; the share's list of revisions says which are."


class PreconditionFailedError(ServiceError):
    code = "precondition_failed"
    status = 412
    title = "The share has changed since you read it"
    remedy = "Read the share again, and send its new ETag if you still want the change."


class UnsupportedTusError(ServiceError):
    code = "unsupported_tus"
    status = 412
    title = "The request does not speak the version of tus that this server does"
    remedy = "Send `Tus-Resumable: 1.0.0`."


class PayloadTooLargeError(ServiceError):
    code = "payload_too_large"
    status = 413
    title = "The file is larger than this server takes"
    remedy = "Send a smaller file; `/api/v1/limits` says how large one may be."


class UploadStalledError(ServiceError):
    code = "upload_stalled"
    status = 408
    title = "The body of the request stopped coming"
    remedy = "Send the upload again; the connection was silent for longer than the server waits."


class UnsupportedMediaTypeError(ServiceError):
    code = "unsupported_media_type"
    status = 415
    title = "The request's Content-Type is not one this resource takes"
    remedy = "Send one of the media types that the detail names, without a `Content-Encoding`."


class RangeNotSatisfiableError(ServiceError):
    code = "range_not_satisfiable"
    status = 416
    title = "The file does not have these bytes"
    remedy = "Ask for bytes within the size that `Content-Range` tells."


class IdempotencyMismatchError(ServiceError):
    code = "idempotency_mismatch"
    status = 422
    title = "This Idempotency-Key was used with another request"
    remedy = "Use a new key for a new request; keep a key only for a retry of the same one."


class PageTooLargeError(BadRequestError):
    code = "page_too_large"
    title = "The page would be larger than this server sends"
    remedy = "Ask for fewer rows with `limit`, or for fewer columns with `columns`."


class TooManyColumnsError(BadRequestError):
    code = "too_many_columns"
    title = "The answer would have more columns than this server summarises at once"
    remedy = "Name the columns you want with `columns`, and ask again for others."


class QueryTimeoutError(ServiceError):
    code = "query_timeout"
    status = 422
    title = "The query takes longer than this server spends"
    remedy = (
        "Ask for less: filter more, sort by fewer columns, or take the rows as an export and ask "
        "your own tools."
    )


class QueryTooLargeError(ServiceError):
    code = "query_too_large"
    status = 422
    title = "The query takes more memory than this server spends"
    remedy = "Ask for less: filter more, sort by fewer columns, or take the rows as an export."


class UploadLockedError(ServiceError):
    code = "upload_locked"
    status = 423
    title = "Another connection goes on with this upload"
    remedy = "Wait a moment, ask where the upload stands with HEAD, and go on from there."


class WorkbookTooSmallError(ServiceError):
    code = "workbook_too_small"
    status = 422
    title = "The rows do not fit into a workbook"
    remedy = (
        "Take `.csv` or `.parquet` instead of `.xlsx`, or ask for fewer rows or columns. Nothing "
        "is ever cut off in silence."
    )


class UpgradeRequiredError(ServiceError):
    code = "upgrade_required"
    status = 426
    title = "This is a WebSocket"
    remedy = "Connect with a WebSocket client and the subprotocol `tablecast.changes.v1`."


class TooManyRequestsError(ServiceError):
    """Said by the proxy in front (deploy/nginx.conf), in these words."""

    code = "too_many_requests"
    status = 429
    title = "This client asks more than its share"
    remedy = "Ask more slowly; go on after as many seconds as `Retry-After` says."


class UnavailableError(ServiceError):
    code = "unavailable"
    status = 503
    title = "The server cannot answer this now"
    remedy = "Try again after as many seconds as `Retry-After` says."

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "2", **(headers or {})})


class QueryEngineUnavailableError(UnavailableError):
    code = "query_engine_unavailable"
    title = "The part of the server that answers queries is not there at the moment"
    remedy = "Try again after as many seconds as `Retry-After` says. Plain pages go on meanwhile."


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

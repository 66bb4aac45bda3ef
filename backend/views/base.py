"""BaseView: how every request is read and every answer and error is written."""

from __future__ import annotations

import http
import socket
import struct
from collections.abc import Awaitable
from typing import Any

import orjson
import structlog
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler, stream_request_body

from backend.config import MIB, Config
from backend.errors import (
    BadRequestError,
    InternalError,
    MethodNotAllowedError,
    NotFoundError,
    PayloadTooLargeError,
    ServiceError,
    UnavailableError,
)
from backend.operations import Operation, load_document, load_query
from backend.services.access import Access
from backend.services.metadata import Metadata
from backend.services.site import KeptFile
from backend.services.traffic import Traffic
from backend.views.caller import CallerView
from backend.views.headers import FirstHeaders, takes_gzip

log = structlog.get_logger("tablecast.http")

READ_METHODS = ("GET", "HEAD", "OPTIONS")
SEEN = "Tablecast-Seq"
"""In which a client says what it has heard of a share, perhaps from another node."""
LINGER_BYTES = 16 * MIB


# Bodies come in pieces, so that a view judges their size and says so; nothing is kept unasked.
@stream_request_body
class BaseView(CallerView):
    """A resource. Subclasses are handed what they need by `routes` through `initialize`."""

    operation: Operation
    _dropped = 0
    _counted = False
    _begun = False

    def initialize(
        self, config: Config, access: Access, traffic: Traffic, metadata: Metadata, **parts: Any
    ) -> None:
        self.config = config
        self.metadata = metadata
        self.access = access
        self.traffic = traffic
        for name, part in parts.items():
            setattr(self, name, part)

    def clear(self) -> None:
        self._headers = FirstHeaders()
        self.set_default_headers()
        self._write_buffer = []
        self._status_code = 200
        self._reason = "OK"

    def prepare(self) -> Awaitable[None] | None:
        self.traffic.begin()
        self._counted = True
        self.principal = self.read_principal()
        seen = self.request.headers.get(SEEN)
        if seen is not None:
            self.heed(seen)
        return None

    def heed(self, seen: str) -> None:
        """Answer with nothing older than the seq that the client has heard of."""
        if not seen.isdecimal():
            raise BadRequestError(f"{SEEN}: the seq of a change, a whole number.")
        self.metadata.know_of(self.path_kwargs.get("share_id", ""), int(seen))

    async def data_received(self, chunk: bytes) -> None:
        """Read and drop a body nobody wants: a client still sending would not see our answer."""
        self._dropped += len(chunk)
        if self._dropped > LINGER_BYTES and not self._finished:
            self.end_early(PayloadTooLargeError("This resource wants no such body."))

    def end_early(self, error: ServiceError) -> None:
        """Answer although the body has not come; what follows of it closes the connection."""
        self.send_error(error.status, exc_info=(type(error), error, None))

    def on_finish(self) -> None:
        self.end_traffic()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        # A method that has begun runs to its end, and a stop has to wait for that.
        if not self._begun:
            self.end_traffic()

    def end_traffic(self) -> None:
        """Count this request as over: once, and only if it was counted as begun."""
        if self._counted:
            self._counted = False
            seconds = self.request.request_time()
            self.traffic.end(self.request.method or "", self.get_status(), seconds)

    async def head(self, *args: str, **kwargs: str) -> None:
        """HEAD is GET whose body is not sent."""
        await self.get(*args, **kwargs)  # type: ignore[misc]

    async def options(self, *_args: str, **_kwargs: str) -> None:
        """What the resource takes; foreign origins may only read."""
        self.set_status(204)
        self.clear_header("Content-Type")
        self.set_header("Allow", self.allowed_methods())
        self.set_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        self.set_header("Access-Control-Allow-Headers", f"If-None-Match, Range, Accept, {SEEN}")
        self.set_header("Access-Control-Max-Age", "86400")

    def allowed_methods(self) -> str:
        """The methods this view implements, as an Allow header."""
        own = [m for m in ("GET", "POST", "PUT", "PATCH", "DELETE") if self.implements(m)]
        return ", ".join([*own, *(["HEAD"] if "GET" in own else []), "OPTIONS"])

    def implements(self, method: str) -> bool:
        """Whether this view has a method of its own for an HTTP method."""
        mine = getattr(type(self), method.lower())
        return mine is not getattr(RequestHandler, method.lower())

    # Reading the request

    def begin_operation(self, operation: Operation) -> None:
        """Called by `@operation` as a method begins: parameters nobody asked for are refused."""
        self.operation = operation
        self._begun = True
        if operation.query is None and self.request.query:
            self.load_query()

    def load_query(self) -> Any:
        """The validated query arguments of the operation in force."""
        return load_query(self.operation.query, self.request.query_arguments)

    # Writing the answer

    def send_response(self, value: Any = None, *, etag: str | None = None) -> None:
        """Send a value through the response schema of the operation in force."""
        self.set_status(self.operation.status)
        if etag is not None:
            self.set_header("ETag", etag)
            if self.request.method in READ_METHODS and self.check_etag_header():
                self.set_status(304)
                self.finish()
                return
        if self.operation.response is None:
            self.clear_header("Content-Type")
            self.finish()
            return
        self.finish(orjson.dumps(self.operation.response().dump(value)))

    def is_fresh(self, etag: str, *others: str) -> bool:
        """Set a strong ETag; when the client already has it, answer 304 before any row is read.

        `others` are those of other representations that the answer may turn out to be.
        """
        self._headers["ETag"] = etag
        if "If-None-Match" not in self.request.headers:
            return False
        for candidate in (etag, *others):
            self._headers["ETag"] = candidate
            if self.check_etag_header():
                self.set_status(304)
                self.finish()
                return True
        return False

    def accepted_coding(self) -> str:
        """The Content-Encoding that the client asks for and we have: `gzip`, or none."""
        asked = self.request.headers.get("Accept-Encoding")
        return "gzip" if asked is not None and takes_gzip(asked) else ""

    def send_encoded(self, body: bytes) -> None:
        """Send JSON that is encoded already: the hot path of pages."""
        self.finish(body)

    def send_kept(self, file: KeptFile) -> None:
        """Send a file that is in memory, compressed where that was worth it and is taken."""
        gzipped = file.gzipped if self.accepted_coding() else None
        self.set_header("Content-Type", file.media_type)
        if self.is_fresh(file.etag if gzipped is None else file.gzipped_etag):
            return
        if gzipped is not None:
            self.set_header("Content-Encoding", "gzip")
        self.finish(file.body if gzipped is None else gzipped)

    def compute_etag(self) -> str | None:
        # Every ETag is set by hand from what it stands for, never hashed from the body.
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write any error as an RFC 9457 problem. Nothing else writes errors."""
        error = self.as_service_error(status_code, kwargs.get("exc_info", (None, None, None))[1])
        status = error.status
        self.set_status(status, http.HTTPStatus(status).phrase)
        self.set_header("Content-Type", "application/problem+json")
        for name, value in error.headers.items():
            self.set_header(name, value)
        problem: dict[str, Any] = {
            "type": f"/docs/errors#{error.code}",
            "title": error.title,
            "status": status,
            "detail": error.detail,
            "code": error.code,
            **error.extensions,
        }
        if error.errors:
            problem["errors"] = error.errors[:20]
            problem["errors_total"] = len(error.errors)
        self.finish(orjson.dumps(problem, default=str))

    def as_service_error(self, status: int, error: BaseException | None) -> ServiceError:
        """The error to tell: a service's own, a translated one of the framework, or a plain 500."""
        if isinstance(error, ServiceError):
            return error
        if status == 405:
            allowed = self.allowed_methods()
            return MethodNotAllowedError(f"Use one of: {allowed}.", headers={"Allow": allowed})
        if status in (403, 404):  # the framework's: a path outside of a folder, or none
            return NotFoundError()
        if isinstance(error, HTTPError) and 400 <= status < 500:
            return BadRequestError(error.log_message or "")
        return InternalError()

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, ServiceError) and value.status < 500:
            return
        if isinstance(value, HTTPError) and value.status_code < 500:
            return
        if isinstance(value, StreamClosedError):  # the client went away; that is its right
            return
        if isinstance(value, UnavailableError):  # known, and perhaps for each of many requests
            log.warning("unavailable", reason=value.detail, cause=repr(value.__cause__))
            return
        log.error("request failed", method=self.request.method, exc_info=(typ, value, tb))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if self._headers_written:
            # Half an answer is out: only a connection that ends early can say that it is broken.
            self.cut_off()
            if not self._finished:
                self.finish()
            return
        status = error.status if isinstance(error, ServiceError) else status_code
        super().send_error(status, **kwargs)

    def cut_off(self) -> None:
        """Close the connection so that what was sent cannot look complete."""
        connection = self.request.connection
        stream = getattr(connection, "stream", None)
        if self.request.version == "HTTP/1.0" and stream is not None and not stream.closed():
            # There the end of the connection is the end of the answer: reset it instead.
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()  # type: ignore[union-attr]

    @staticmethod
    def load_document(schema: Any, body: bytes) -> Any:
        """Validate a JSON body against a schema; errors name the field."""
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadRequestError(f"The body is not JSON: {error}.") from error
        return load_document(schema, document)


class NotFoundView(BaseView):
    """Every address that no route has."""

    async def get(self, *_args: str, **_kwargs: str) -> None:
        raise NotFoundError("There is no such address; /openapi.yaml lists those there are.")

    post = put = patch = delete = options = get

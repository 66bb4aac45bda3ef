"""BaseView: how every request is read and every answer and error is written."""

from __future__ import annotations

import http
import secrets
from collections.abc import Awaitable
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from tornado.httputil import HTTPServerRequest
from tornado.web import Application, HTTPError, RequestHandler, create_signed_value
from tornado.web import decode_signed_value as decode_signed_value

from backend.config import Config
from backend.errors import (
    BadRequestError,
    InternalError,
    MethodNotAllowedError,
    NotFoundError,
    ServiceError,
)
from backend.operations import Operation, load_document, load_query
from backend.services.access import Access, Principal
from backend.services.traffic import Traffic

log = structlog.get_logger("tablecast.http")

SESSION_COOKIE = "tablecast_session"
SESSION_DAYS = 400
READ_METHODS = ("GET", "HEAD", "OPTIONS")


class BaseView(RequestHandler):
    """A resource. Subclasses are handed what they need by `routes` through `initialize`."""

    operation: Operation
    principal: Principal

    def __init__(self, application: Application, request: HTTPServerRequest, **parts: Any) -> None:
        self.error: BaseException | None = None
        super().__init__(application, request, **parts)

    def initialize(self, config: Config, access: Access, traffic: Traffic, **parts: Any) -> None:
        self.config = config
        self.access = access
        self.traffic = traffic
        for name, part in parts.items():
            setattr(self, name, part)

    def set_default_headers(self) -> None:
        headers = self._headers
        headers["Server"] = "Tablecast"
        headers["Content-Type"] = "application/json"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Robots-Tag"] = "noindex"
        headers["Cache-Control"] = "no-store"
        headers["Vary"] = "Authorization, Cookie, Accept-Encoding"
        # Reads are open to every origin, but never with a browser's cookies.
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "ETag, Link, Location"

    def prepare(self) -> Awaitable[None] | None:
        self.traffic.begin()
        self.principal = self.read_principal()
        return None

    def on_finish(self) -> None:
        self.traffic.end(self.request.method or "", self.get_status(), self.request.request_time())

    async def head(self, *args: str, **kwargs: str) -> None:
        """HEAD is GET whose body is not sent."""
        await self.get(*args, **kwargs)  # type: ignore[misc]

    async def options(self, *_args: str, **_kwargs: str) -> None:
        """What the resource takes; foreign origins may only read."""
        self.set_status(204)
        self.clear_header("Content-Type")
        self.set_header("Allow", self.allowed_methods())
        self.set_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        self.set_header("Access-Control-Allow-Headers", "If-None-Match, Range, Accept")
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
        if operation.query is None and self.request.query:
            self.load_query()

    def load_query(self) -> Any:
        """The validated query arguments of the operation in force."""
        return load_query(self.operation.query, self.request.query_arguments)

    def read_principal(self) -> Principal:
        """Who asks: a bearer token, or the session of a browser on our own origin."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return Principal(token=token.strip())
        if scheme or self.is_foreign():
            return Principal()
        cookie = self.request.cookies.get(SESSION_COOKIE)
        if cookie is None:
            return Principal()
        session = decode_signed_value(
            self.access.secret, SESSION_COOKIE, cookie.value, max_age_days=SESSION_DAYS
        )
        return Principal(session=session.decode("ascii") if session else None)

    def is_foreign(self) -> bool:
        """Whether a page of another origin sent this: its cookies then count for nothing."""
        site = self.request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site not in ("same-origin", "none")
        origin = self.request.headers.get("Origin")
        return origin is not None and urlsplit(origin).netloc != self.request.host

    def is_browser(self) -> bool:
        """Whether a page of ours asks, so that a session cookie is of use."""
        headers = self.request.headers
        return not self.is_foreign() and ("Sec-Fetch-Site" in headers or "Origin" in headers)

    def begin_session(self) -> str | None:
        """The browser's session id, made and set as a cookie where a page of ours has none."""
        if self.principal.session is not None or not self.is_browser():
            return self.principal.session
        session = secrets.token_urlsafe(24)
        self.set_cookie(
            SESSION_COOKIE,
            create_signed_value(self.access.secret, SESSION_COOKIE, session),
            expires_days=SESSION_DAYS,
            httponly=True,
            samesite="Lax",
            secure=self.request.protocol == "https",
        )
        self.principal = Principal(session=session)
        return session

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

    def is_fresh(self, etag: str) -> bool:
        """Set a strong ETag; when the client already has it, answer 304 before any row is read."""
        self.set_header("ETag", etag)
        if not self.check_etag_header():
            return False
        self.set_status(304)
        self.finish()
        return True

    def send_encoded(self, body: bytes) -> None:
        """Send JSON that is encoded already: the hot path of pages."""
        self.finish(body)

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
        if status == 404:
            return NotFoundError()
        if isinstance(error, HTTPError) and 400 <= status < 500:
            return BadRequestError(error.log_message or "")
        return InternalError()

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, ServiceError) and value.status < 500:
            return
        if isinstance(value, HTTPError) and value.status_code < 500:
            return
        log.error("request failed", method=self.request.method, exc_info=(typ, value, tb))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        status = error.status if isinstance(error, ServiceError) else status_code
        super().send_error(status, **kwargs)

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

    def prepare(self) -> Awaitable[None] | None:
        super().prepare()
        raise NotFoundError("There is no such address; /openapi.yaml lists those there are.")

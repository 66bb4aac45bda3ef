"""Who asks: told from a bearer token, or from the cookie of a browser on our own origin."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from tornado.web import RequestHandler, create_signed_value
from tornado.web import decode_signed_value as decode_signed_value

from backend.config import Config
from backend.services.access import Access, Principal

SESSION_COOKIE = "tablecast_session"
SESSION_DAYS = 400


class CallerView(RequestHandler):
    """What a view knows of its caller."""

    access: Access
    config: Config
    principal: Principal

    def read_principal(self) -> Principal:
        """Who asks: a bearer token, or the session of a browser on our own origin."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return Principal(token=token.strip())
        if scheme or "Cookie" not in self.request.headers or self.is_foreign():
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
        return origin is not None and not self.is_own(origin)

    def is_own(self, origin: str) -> bool:
        """Whether an origin is this server, by its name here or by the one in front of a proxy."""
        host = urlsplit(origin).netloc
        return host != "" and host in (self.request.host, urlsplit(self.config.public_url).netloc)

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

"""Who may do what to a share: the one place where the rules of access are asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from backend.domain import Token
from backend.errors import ForbiddenError, UnauthorizedError
from backend.services.runner import Runner
from backend.store import sessions, tokens
from backend.store.database import Database, Reader, Session

TOKEN_PREFIX = "tct"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a bearer of an edit token, a browser session, or (neither) anybody."""

    token: str | None = None
    session: str | None = None


class Access:
    """Decides from a principal and a share; derives and checks edit tokens."""

    def __init__(self, database: Database, runner: Runner, secret: str) -> None:
        self._database = database
        self._runner = runner
        self.secret = secret

    async def may_edit(self, principal: Principal, share_id: str) -> bool:
        """Whether the principal may change the share."""
        if principal.token is None and principal.session is None:
            return False
        return await self._runner.run(self._may_edit, principal, share_id)

    async def require_edit(self, principal: Principal, share_id: str) -> None:
        """Raise 401 without credentials, 403 where they are not for this share."""
        if principal.token is None and principal.session is None:
            raise UnauthorizedError(
                "Send the share's edit token as 'Authorization: Bearer …'.",
                headers={"WWW-Authenticate": 'Bearer realm="tablecast"'},
            )
        if not await self.may_edit(principal, share_id):
            raise ForbiddenError("This token or session may not change this share.")

    @staticmethod
    def id_of(token: str) -> str:
        """The id within a token, whether or not it is a valid one."""
        return token.split("_", 2)[1] if token.count("_") > 1 else ""

    def share_of(self, token: str) -> str | None:
        """The id of the share that a valid token is for, else None. Asks the database."""
        found = self._read_token(token)
        return found.share_id if found else None

    def still_may_edit(
        self, reader: Reader, share_id: str, *, token_id: str | None, session_id: str | None
    ) -> bool:
        """Whether a right that was shown earlier, by its ids, has not been taken back since."""
        token = tokens.get(reader, token_id) if token_id is not None else None
        if token is not None and token.share_id == share_id and token.revoked_at is None:
            return True
        return session_id is not None and sessions.may_edit(reader, session_id, share_id)

    def add_token(self, session: Session, share_id: str, name: str) -> Token:
        """Store the nonce of a new token within the caller's transaction."""
        return tokens.add(
            session,
            id=secrets.token_hex(8),
            share_id=share_id,
            name=name,
            nonce=secrets.token_urlsafe(16),
        )

    def spell(self, token: Token) -> str:
        """The token as its bearer sends it: derived, so that it never needs to be stored."""
        return f"{TOKEN_PREFIX}_{token.id}_{self._signature(token)}"

    def _signature(self, token: Token) -> str:
        message = f"{token.share_id}\n{token.id}\n{token.nonce}".encode()
        digest = hmac.new(self.secret.encode(), message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode("ascii")

    def _may_edit(self, principal: Principal, share_id: str) -> bool:
        if principal.token is not None:
            return self.share_of(principal.token) == share_id
        with self._database.reading() as reader:
            return sessions.may_edit(reader, principal.session or "", share_id)

    def _read_token(self, spelled: str) -> Token | None:
        prefix, _, rest = spelled.partition("_")
        token_id, _, signature = rest.partition("_")
        if prefix != TOKEN_PREFIX or not token_id or not spelled.isascii():
            return None
        with self._database.reading() as reader:
            token = tokens.get(reader, token_id)
        if token is None or token.revoked_at is not None:
            return None
        return token if hmac.compare_digest(self._signature(token), signature) else None

"""Every question about parties is written down before its answer leaves; where that cannot be, there is no answer."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.audit import AuditLog, LoggedQuestion
from api.http.access import ASKED, PAGES, UNWRITTEN
from api.http.asked import why
from api.http.caller import caller_in
from api.http.door import problem
from api.http.shown import HeldAnswer
from graph_model.access import LOCAL
from graph_model.identifiers import KeyedHash

OF_NOBODY = frozenset({"/v1/schema", "/v1/measures", "/v1/matters"})
"""Routes that speak of the law and the words, and of no party."""
REFUSED = frozenset({401, 403, 429})
"""That somebody was refused is written down of every route."""
NOT_WRITTEN = (
    "what is asked cannot be written down (audit log), so nothing is answered; whoever runs this service has to look"
)
_KEY = re.compile(rb'"([ep]-[a-z0-9]{20})"')
_POSITION = re.compile(rb'"position":\s?(\d+)')


class Audited:
    """ASGI middleware around the routes, within the door: what the door refuses reached nobody's data.

    Args:
        who: as whom it is written down where no key is needed.
        rules: digest of the rule pack.
    """

    def __init__(self, app: ASGIApp, log: AuditLog, who: str, hash: KeyedHash, rules: str) -> None:
        self.app, self.log, self.who, self.hash, self.rules = app, log, who, hash, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path == PAGES or path.startswith(f"{PAGES}/"):
            await self.app(scope, receive, send)
            return
        of_somebody = path.startswith("/v1/") and path not in OF_NOBODY
        body, answer = bytearray(), HeldAnswer()

        async def heard() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        try:
            await self.app(scope, heard, answer.take)
        except Exception:
            await self._written(self._look(scope, bytes(body), 500, b""))
            raise
        left_out = UNWRITTEN in scope or not (of_somebody or answer.status in REFUSED)
        if left_out or await self._written(self._look(scope, bytes(body), answer.status, bytes(answer.body))):
            for message in answer.messages:
                await send(message)
        else:
            await problem(503, NOT_WRITTEN, {"Retry-After": "30"})(scope, receive, send)

    async def _written(self, look: LoggedQuestion) -> bool:
        try:
            await asyncio.wrap_future(self.log.record(look))
        except OSError as error:
            logging.getLogger(__name__).error("the audit log cannot be written: %s", error)
            return False
        return True

    def _look(self, scope: Scope, body: bytes, status: int, answer: bytes) -> LoggedQuestion:
        query = scope["query_string"].decode("latin-1")
        # What no route is, somebody may have typed: it is not repeated.
        told, party = scope.get(ASKED, (None, None))
        route = getattr(scope.get("route"), "path_format", None) or told or "(no such address)"
        given: Mapping[str, str] = scope.get("path_params") or ({"key": party} if party else {})
        caller = caller_in(scope)
        shown = [found.decode() for found in _KEY.findall(answer)]
        asked = [value for value in given.values() if _KEY.fullmatch(f'"{value}"'.encode())]
        position, said = _POSITION.search(answer), why(scope, body)
        return LoggedQuestion(
            who=self.who if caller.role == LOCAL else caller.key,
            purpose=said.purpose,
            question=f"{scope['method']} {route}",
            asked=self.hash.of("audit", scope["path"], query, body.decode("utf-8", "replace")),
            status=status,
            parties=tuple(dict.fromkeys(asked + shown)),
            position=int(position[1]) if position else None,
            rules=self.rules,
            answer=hashlib.sha256(answer).hexdigest(),
            role=caller.role,
            organ=caller.organ,
            ground=said.ground,
            authorisation=said.authorisation,
        )

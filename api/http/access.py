"""Access: who may ask this, by his key and the table of `graph_model.access`; how often; what else is refused.

A key comes as `Authorization: Bearer …`, or from the explorer in a cookie that no script can read. What has no row in the table is
refused, so that a new route is closed until somebody says who may ask it. Where there is no key and none is needed, everything
is asked as the user of the system.
"""

import logging
import time
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.api_keys import ApiKey, ApiKeys
from api.http.asked import Why, why
from api.http.caller import NOBODY_KNOWN, Caller, caller_in, remember
from api.http.door import problem
from api.http.shown import HeldAnswer, Mask, minors_among, persons_asked_about, read_json, without_persons, write_json
from graph_model.access import WITHOUT_KEY, AccessTable, QuestionRow, RoleRow, access_table, roles_that_ask
from graph_model.errors import ConfigError, StoreUnavailable

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

COOKIE = "creditgraph"
PAGES = "/explorer"
"""What the explorer consists of: it tells of no party."""
WRONG_PER_MINUTE = 60
"""So many requests without a right key are told apart and written down; more from one address only in the service's log."""
HOW_TO_GIVE = "give one as `Authorization: Bearer <key>`, or sign in at /explorer/signin.html; whoever runs this service makes keys"
OF_NO_PARTY = frozenset({"law", "operation"})
"""Questions that tell of no party."""
UNWRITTEN = "creditgraph.unwritten"
ASKED = "creditgraph.asked"


class _Refused(Exception):
    def __init__(self, status: int, detail: str, **headers: str) -> None:
        self.status, self.detail = status, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Limiter:
    """How often each may ask: counted in this process, over the last minute."""

    def __init__(self) -> None:
        self._windows: MovingWindowRateLimiter | None = None

    def wait(self, who: str, per_minute: int) -> int:
        """Counts a request. Returns the seconds to wait if it is one too many, or 0."""
        from limits import RateLimitItemPerMinute  # here: without keys nobody needs it
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        windows = self._windows = self._windows or MovingWindowRateLimiter(MemoryStorage())
        limit = RateLimitItemPerMinute(per_minute)
        if windows.hit(limit, who):
            return 0
        return max(1, int(windows.get_window_stats(limit, who).reset_time - time.time()) + 1)


class Access:
    """ASGI middleware around the routes, within the audit: what is refused here is written down there.

    Args:
        keys: those of this data folder.
        needed: keys are asked for although there is none.
    """

    def __init__(
        self, app: ASGIApp, keys: ApiKeys, limiter: Limiter, *, needed: bool, table: AccessTable | None = None
    ) -> None:
        self.app, self.keys, self.limiter, self.needed = app, keys, limiter, needed
        self.table = table or access_table()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path == PAGES or path.startswith(f"{PAGES}/"):
            await self.app(scope, receive, send)
            return
        try:
            question = self._let_in(scope)
            if question is None:
                await self.app(scope, receive, send)
            else:
                await self._answer(question, scope, await _whole(receive), receive, send)
        except _Refused as no:
            await problem(no.status, no.detail, no.headers)(scope, receive, send)

    async def _answer(self, name: str, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Asks the question, and lets of its answer leave what whoever asks may see."""
        question, who = self.table.questions[name], caller_in(scope)
        role, said = self.table.roles[who.role], why(scope, body)
        self._has_reason(question, role, said, scope)
        pieces = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def again() -> Message:
            return next(pieces, None) or await receive()

        held = HeldAnswer()
        await self.app(scope, again, held.take)
        mask = Mask(role, who, partial(_minors, scope))
        if held.status == 200 and (said.ground is None or not mask.sees_all):
            await run_in_threadpool(_masked, held, mask, question, said)
        for message in held.messages:
            await send(message)

    def _has_reason(self, question: QuestionRow, role: RoleRow, said: Why, scope: Scope) -> None:
        """Purpose and ground are those of the role; that they are named at all where no person is in sight, the route asks."""
        if said.purpose is not None and said.purpose not in role.purposes:
            raise _Refused(403, f"this role does not ask for that purpose; it may name {_these(role.purposes)}")
        if said.ground is not None and said.ground not in role.grounds:
            raise _Refused(403, f"this role does not ask on that ground; it may name {_these(role.grounds)}")
        party = scope[ASKED][1] or ""
        if said.ground is None and said.purpose is not None and (question.persons or party.startswith("p-")):
            raise _no_ground(role)

    def _let_in(self, scope: Scope) -> str | None:
        """Who asks stands in the scope from here on, and which route; raises when he may not.

        Returns:
            The question, where it tells of parties and was asked with a key.
        """
        place = self.table.place(scope["path"])
        route, party = place or (None, None)
        scope[ASKED] = (route, party)
        question = self.table.question(scope["method"], route) if route else None
        if question == WITHOUT_KEY:
            return None
        try:
            if not self.keys.all() and not self.needed:
                return None
            key = self._key(scope)
        except ConfigError as error:
            logging.getLogger(__name__).error("%s", error)
            raise _Refused(503, "the keys cannot be read; whoever runs this service has to look") from error
        remember(scope, Caller(key.id, key.role, key.organ, key.area, key.party))
        if wait := self.limiter.wait(key.id, key.per_minute):
            told = f"this key may ask {key.per_minute} times a minute; ask again in {wait} s"
            raise _Refused(429, told, Retry_After=str(wait))
        if route is None:
            raise _Refused(404, "there is no such address")
        if question is None:
            raise _Refused(405, "this address is asked in another way", Allow=", ".join(self.table.methods(route)))
        self._allowed(question, scope, party)
        return None if question in OF_NO_PARTY else question

    def _key(self, scope: Scope) -> ApiKey:
        remember(scope, NOBODY_KNOWN)
        given = given_key(Headers(scope=scope))
        key = self.keys.find(given) if given else None
        state = key.state() if key else ""
        if key and state == "active":
            return key
        _count_wrong(scope, self.limiter)
        if key:
            remember(scope, Caller(key.id, "", key.organ, key.area, key.party))
            told = f"this key is {state}; whoever runs this service makes a new one"
        elif given:
            told = f"this is no key of this service; {HOW_TO_GIVE}"
        else:
            told = f"this needs a key; {HOW_TO_GIVE}"
        raise _Refused(401, told, WWW_Authenticate='Bearer realm="creditgraph"')

    def _allowed(self, question: str, scope: Scope, party: str | None) -> None:
        who = caller_in(scope)
        role = self.table.roles.get(who.role)
        if role is None or question not in role.asks:
            others = ", ".join(roles_that_ask(self.table, question))
            raise _Refused(403, f"the role {who.role} may not ask this; it is asked as {others}")
        if role.only_own_party and question not in OF_NO_PARTY and party is not None and party != who.party:
            raise _Refused(403, "with this key one asks about the party to which it is bound, and about nobody else")
        self._own_organ(role, question, scope, who)

    def _own_organ(self, role: RoleRow, question: str, scope: Scope, who: Caller) -> None:
        name = self.table.questions[question].organ
        if not role.only_own_organ or name is None:
            return
        if QueryParams(scope["query_string"]).getlist(name) != [who.organ]:
            raise _Refused(403, f"the role {who.role} asks this of its own organ only: give {name}={who.organ}")


def _minors(scope: Scope, keys: set[str]) -> set[str]:
    return minors_among(scope["app"].state.graph, keys) if keys else set()


def _masked(held: HeldAnswer, mask: Mask, question: QuestionRow, said: Why) -> None:
    """The answer as it may leave, in the place of the one that is held."""
    answer = read_json(bytes(held.body))
    if not isinstance(answer, dict):
        return
    if not mask.role.grounds and question.names:
        without_persons(answer)
        mask.withheld += 1  # also where there were none
    elif said.ground is None and persons_asked_about(answer, question):
        raise _no_ground(mask.role)
    try:
        answer = mask.apply(answer)
    except (StoreUnavailable, TimeoutError) as error:
        raise _Refused(503, "the graph does not answer; ask again in a moment", Retry_After="5") from error
    if mask.withheld:
        held.replace(write_json(answer), mask.withheld)


def _no_ground(role: RoleRow) -> _Refused:
    if not role.grounds:
        return _Refused(403, "this role may not ask about natural persons")
    return _Refused(403, f"this tells of a natural person: name the ground on which you ask, {_these(role.grounds)}")


def _these(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "none"


async def _whole(receive: Receive) -> bytes:
    """The body of a request; the door has counted its bytes."""
    pieces = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def _count_wrong(scope: Scope, limiter: Limiter) -> None:
    address = scope["client"][0] if scope.get("client") else ""
    if wait := limiter.wait(f"wrong {address}", WRONG_PER_MINUTE):
        logging.getLogger(__name__).warning("%s asks over and over without a right key", address)
        scope[UNWRITTEN] = True
        raise _Refused(429, f"too many requests without a right key; ask again in {wait} s", Retry_After=str(wait))


def given_key(headers: Headers) -> str | None:
    """The key that a request brings, in its header or in the cookie of the explorer."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme:
        return text.strip() if scheme.lower() == "bearer" else "(another scheme)"
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


# --- signing in on the page -------------------------------------------------------------------------------


async def sign_in(request: Request) -> Response:
    """Keeps a key for the explorer in a cookie that ends with the browser and that no script can read.

    In `sessionStorage` any script that got into the page could take it away; this one it can use at the most, while it runs.
    Pages of other sites cannot send it: `SameSite`, and the door looks at `Origin`.
    """
    try:
        told: Any = await request.json()
    except ValueError:
        told = None
    text = told.get("key") if isinstance(told, dict) else None
    keys: ApiKeys = request.app.state.api_keys
    text = text.strip() if isinstance(text, str) else ""
    key = keys.find(text)
    if key is None or key.state() != "active":
        try:
            _count_wrong(request.scope, request.app.state.limiter)
        except _Refused as no:
            return problem(no.status, no.detail, no.headers)
        return problem(401, "this is no key of this service, or it has ended", {"WWW-Authenticate": "Bearer"})
    answer = JSONResponse({"role": key.role, "organ": key.organ, "until": key.until})
    secure = request.url.scheme == "https" or request.app.state.secure
    answer.set_cookie(COOKIE, text, httponly=True, samesite="strict", secure=secure, path="/")
    return answer


async def sign_out(_: Request) -> Response:
    """Forgets the key of the explorer."""
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer

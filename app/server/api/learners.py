"""A learner's way to another device, and out: what only an answer of the server can do, since it changes the cookie.

A link carries its token behind the #, which browsers send nowhere, so no log of a proxy holds it. Its page posts the
token and leads on at once, so that it stays neither in the address bar nor in a referrer. Links of earlier versions,
with the token in their path, go on working. What a link carries waits in a cookie of ten minutes until somebody presses
a button; nothing happens before. Only our own pages can send what is posted here (see `asking.posted`).

An answer may be lost on its way. Whoever changes their phrase and signs out all others would then be one of them, so
the browser is given who it will be before that, in a cookie that counts only if it is signed out.
"""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.components import scripts
from app.server import identity
from app.server.api.asking import bad
from app.server.base_path import API, COOKIE_PATH
from app.server.plain_page import plain_page
from app.server.recovery import OFFER, TOO_MANY, RecoveryError, guesses, handle_of, learner_of_token, offered, token_of
from app.store import Store
from app.store.learners import UNKNOWN, Added
from app.store.models import Forgotten

LINK = "/move"
PAGE = "progress"  # where it goes on: the page of that name
TOLD = "told"  # the key in its address of what has happened
MOVED, DELETED, WRONG, OWN, GONE, OFTEN = "moved", "deleted", "wrong", "own", "gone", "often"  # its values
RENEWED, ALONE, OUT = "renewed", "alone", "out"  # some more
NEXT = "distillery_next"  # the cookie that holds who this browser becomes by a new phrase
STAY = "stay"  # what is said of the other browsers if they go along
OFFER_SECONDS = 600
LONGEST = 200  # bytes of what is posted
ELSEWHERE = "In another tab this browser became another learner meanwhile. Reload the page."
TOO_LATE = "The link was opened more than ten minutes ago. Open it again."
NO_COOKIE = f"Your browser sent no cookie, so it is not known who you are. {identity.ALLOW}"
NO_KEY = "The server can make no cookie now: it cannot read its key. Try again in a moment."


def link_page(_request: Request) -> Response:
    """The page that a link opens."""
    script, address = scripts.address("components/js/page/opened_link.js"), f"{API}/learner/open"
    return plain_page(
        "Your link",
        f'<p id="said" data-address="{address}" role="status">One moment: this link is read.</p>'
        "<noscript><p>This needs JavaScript: switch it on for this page, and open the link again.</p></noscript>"
        f'<script type="module" src="{script}"></script>',
        headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"},
    )


def opened(request: Request, body: bytes, store: Store) -> Response:
    """Somebody opened a link: what it carries is noted, and the page asks what to do with it."""
    told, token = _read(request, _said(body).get("token", ""), store)
    answer = JSONResponse({"go": _on(told)}, headers={"Cache-Control": "no-store"})
    return _offering(request, answer, token)


def opened_by_path(request: Request, store: Store) -> Response:
    """The same for a link of an earlier version, which lies one folder below the page."""
    told, token = _read(request, request.path_params["token"], store)
    headers = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return _offering(request, RedirectResponse(f"../{_on(told)}", 303, headers=headers), token)


def move(request: Request, body: bytes, store: Store) -> Response:
    """This browser becomes the learner that a link or a phrase belongs to; what was done in it goes along."""
    said, mine = _said(body), _mine(request)
    _check_drawn_for(said, mine)
    token = said.get("token") or offered(request.cookies)
    if not token:
        raise bad(TOO_LATE)
    try:
        meant = learner_of_token(token)
    except RecoveryError as error:
        raise bad(TOO_MANY if guesses.missed(mine) else str(error)) from error
    if store.learners.led_to(meant) is None:
        raise bad(UNKNOWN)
    return _as(request, store.learners.merge(mine, meant), _on(MOVED))


def decline(_request: Request, _body: bytes, _store: Store) -> Response:
    """What a link carries is let go."""
    answer = JSONResponse({"go": PAGE}, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(OFFER, path=COOKIE_PATH)
    return answer


def follow(request: Request, _body: bytes, store: Store) -> Response:
    """This browser's learner is no more: it becomes who they are now, or somebody new."""
    mine = _mine(request)
    now = store.learners.who_became(mine)
    if now is None and (following := _next(request)) and store.learners.get(following):
        now = following
    if now == mine:
        return JSONResponse({"go": ""}, headers={"Cache-Control": "no-store"})
    return _as(request, now, "") if now else _as(request, identity.new_learner(), _on(OUT))


def renew(request: Request, body: bytes, store: Store) -> Response:
    """This browser's learner gets a new phrase and a new link; those of before lead nowhere.

    If others are signed out, this is asked twice: at first the browser only gets who it will be.
    """
    said, mine = _said(body), _mine(request)
    _check_drawn_for(said, mine)
    given, others_stay = _next(request), said.get("others") == STAY
    if given and store.learners.get(given):  # who is here already: nobody's things are added to theirs
        given = None
    new = given or identity.new_learner()
    if not others_stay and not given:
        if "again" in said:
            raise bad(NO_COOKIE)
        return _giving(request, JSONResponse({"again": "yes"}), NEXT, identity.signed(new), identity.YEAR)
    store.learners.renew(mine, new, others_stay=others_stay)
    return _as(request, new, _on(RENEWED if others_stay else ALONE))


def forget(request: Request, body: bytes, store: Store) -> Response:
    """All that is kept of this browser's learner is deleted, and the browser becomes somebody new, for good: what other
    keys have signed goes, too.
    """
    said, mine = _said(body), _mine(request)
    _check_drawn_for(said, mine)
    told = DELETED
    try:
        store.learners.forget(mine)
    except Forgotten:  # in another browser, or this one was signed out: here, nothing was deleted
        told = OUT
    except Added as error:
        raise bad(str(error)) from error
    return _as(request, identity.new_learner(), _on(told), {})


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read(request: Request, token: str, store: Store) -> tuple[str, str]:
    """(what the page is told, the token to offer): one of both is "", the latter also if there is nothing to ask."""
    mine = identity.learner_from(request.cookies)
    try:
        meant = store.learners.led_to(learner_of_token(token))
    except RecoveryError:
        who = mine or (request.client.host if request.client else "nobody")
        return OFTEN if guesses.missed(who) else WRONG, ""
    if meant is None or store.learners.get(meant) is None:
        return GONE, ""
    if mine is not None and store.learners.who_became(mine) == meant:
        return OWN, ""
    return "", token_of(meant)


def _on(told: str) -> str:
    """The page where it goes on, and what it is told."""
    return f"{PAGE}?{TOLD}={told}" if told else PAGE


def _offering(request: Request, answer: Response, token: str) -> Response:
    """The answer with what a link carries in a cookie."""
    return _giving(request, answer, OFFER, token, OFFER_SECONDS) if token else answer


def _giving(request: Request, answer: Response, name: str, value: str, seconds: int) -> Response:
    """The answer with a cookie, which no script reads."""
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, seconds, path=COOKIE_PATH, httponly=True, samesite="lax", secure=secure)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _next(request: Request) -> str | None:
    """Who this browser becomes by a new phrase; None if that was not asked for."""
    return identity.learner_from({identity.COOKIE: request.cookies.get(NEXT, "")})


def _as(request: Request, learner: str, go: str, before: Mapping[str, str] | None = None) -> Response:
    """An answer after which the browser is this learner's. go: the page that it opens, "": the one that it shows.

    before: the cookies of which stays what other keys have signed; default: the browser's.
    """
    kept = request.cookies if before is None else before
    cookie = identity.cookie_for(learner, kept, secure=request.url.scheme == "https")
    if cookie is None:
        raise bad(NO_KEY)
    answer = JSONResponse({"go": go}, headers={"Cache-Control": "no-store"})
    for name in (OFFER, NEXT):
        answer.delete_cookie(name, path=COOKIE_PATH)
    answer.headers.append("set-cookie", cookie)
    return answer


def _mine(request: Request) -> str:
    mine = identity.learner_from(request.cookies)
    if mine is None:
        raise bad(NO_COOKIE)
    return mine


def _said(body: bytes) -> dict[str, Any]:
    """What was posted: {"handle": of the learner for whom the page was drawn, "token": of a phrase, "others": STAY};
    each may be missing.
    """
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        said = None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise bad("This cannot be read. Reload the page, and try again.")
    return said


def _check_drawn_for(said: dict[str, Any], mine: str) -> None:
    """Whoever presses a button means what the page said beside it, which was said of one learner."""
    if said.get("handle") != handle_of(mine):
        raise bad(ELSEWHERE)

"""What every route needs: a sentence for every failure, and whole numbers from the query."""

import logging
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from app.experiments.spec import shown
from app.server.inference_client import InferenceUnavailable
from app.store import StoreError

BYTES = "application/octet-stream"
TAKES = {  # by whether an address can be read, and whether something can be sent to it
    (True, False): "This address can only be read.",
    (False, True): "Something must be sent to this address.",
    (True, True): "This address can be read, or something can be sent to it; it takes nothing else.",
}
Endpoint = Callable[[Request], Response]
AsyncEndpoint = Callable[[Request], Awaitable[Response]]


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint with a sentence for every failure. Not async: Starlette runs it beside the event loop."""

    def answer(request: Request) -> Response:
        try:
            return endpoint(request)
        except HTTPException:
            raise
        except (StoreError, InferenceUnavailable) as error:
            return JSONResponse({"message": str(error)}, 503)
        except Exception:  # the boundary to the browser
            logging.getLogger(__name__).exception("%s failed", request.url.path)
            return JSONResponse({"message": "Something went wrong on the server. Try again in a moment."}, 500)

    return answer


def posted(endpoint: Callable[[Request, bytes], Response], limit: int) -> AsyncEndpoint:
    """The endpoint with the request's body, of at most `limit` bytes: what is longer is not even read.

    Other sites cannot send this type of content from a visitor's browser.
    """

    async def answer(request: Request) -> Response:
        if request.headers.get("content-type") != BYTES:
            raise HTTPException(415, f"Send plain bytes: content-type {BYTES}.")
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise HTTPException(413, f"At most {limit:,} bytes may be sent here.")
        except ClientDisconnect:
            return Response(status_code=400)
        return await run_in_threadpool(guarded(lambda asked: endpoint(asked, bytes(body))), request)

    return answer


def refused(request: Request, error: Exception) -> Response:
    """What a refused request is answered; one of a method that an address does not take hears which it takes."""
    assert isinstance(error, HTTPException)
    headers, sentence = dict(error.headers or {}), ""
    if error.status_code == 405:
        allowed = _methods(request)
        headers["Allow"] = ", ".join(allowed)
        sentence = TAKES["GET" in allowed, "POST" in allowed]
    elif " " in error.detail and error.detail.endswith("."):
        sentence = error.detail
    elif error.status_code == 404:
        sentence = "There is nothing at this address."
    return JSONResponse({"message": sentence or "The request cannot be answered."}, error.status_code, headers)


def _methods(request: Request) -> list[str]:
    """What the address takes: several routes may have the same path."""
    routes: list[Route] = [route for route in request.app.routes if isinstance(route, Route)]
    met = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in met for method in route.methods or ()})


def missing(sentence: str) -> HTTPException:
    """404: there is no such thing."""
    return HTTPException(404, sentence)


def bad(sentence: str) -> HTTPException:
    """400: the request makes no sense."""
    return HTTPException(400, sentence)


def number_in(text: str) -> int | None:
    """A whole number ≥ 0 of at most nine digits, None if the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def whole(request: Request, name: str, default: int | None) -> int | None:
    """A whole number ≥ 0 from the query."""
    text = request.query_params.get(name)
    if text is None:
        return default
    number = number_in(text)
    if number is None:
        raise bad(f"{name} must be a whole number from 0, got {shown(text)}.")
    return number

"""The JSON routes that the page's JavaScript reads. Whoever has a run's id may watch it.

Every answer but an image, a script or a file to keep is JSON; every error is {"message": a sentence}.
"""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from app.server import inference_client, reading
from app.server.api import (
    answers,
    assets,
    costs,
    drawing,
    learners,
    left_out,
    rankings,
    runs,
    students,
    sweeps,
    table,
    take_away,
)
from app.server.api.asking import AsyncEndpoint, Endpoint, guarded, posted, refused
from app.server.base_path import API as API
from app.server.base_path import BASE_PATH
from app.server.inference_client import InferenceClient
from app.store import Store
from app.store import shared as shared_store
from app.store.patience import is_waited_for, waiting

WORTH_PACKING = 1000  # bytes of an answer
SOCKET = "/socket"  # below /api: where a page tries whether WebSockets get through


def routes(
    get_store: Callable[[], Store] = shared_store,
    get_inference: Callable[[], InferenceClient] = inference_client.shared,
) -> list[BaseRoute]:
    """Everything under /api, and the link that leads a learner's other device here."""

    def with_store(endpoint: Callable[[Request, Store], Response]) -> Endpoint:
        return guarded(lambda request: endpoint(request, get_store()))

    def with_body(endpoint: Callable[[Request, bytes, Store], Response]) -> AsyncEndpoint:
        def answer(request: Request, body: bytes) -> Response:
            with waiting():  # it is a press
                return endpoint(request, body, get_store())

        return posted(answer, learners.LONGEST)

    def asked(endpoint: Callable[[Request, bytes, Store, InferenceClient], Response], longest: int) -> AsyncEndpoint:
        return posted(lambda request, body: endpoint(request, body, get_store(), get_inference()), longest)

    one_student = guarded(lambda request: students.student_page(request, get_store(), get_inference()))
    counted = guarded(lambda request: costs.run_costs(request, get_store(), get_inference()))
    api = Starlette(
        routes=[
            Route("/runs/{run_id}/events", with_store(runs.run_events)),  # first: asked for most by far
            Route("/rows", with_store(table.rows)),
            Route("/challenges/{challenge}", with_store(table.challenge)),
            Route("/compare", with_store(table.comparison)),
            Route("/runs.csv", with_store(table.own_csv)),
            Route("/runs/{run_id}/answers", with_store(answers.run_answers)),
            Route("/runs/{run_id}/history", with_store(answers.run_history)),
            Route("/runs/{run_id}/predictions", with_store(answers.run_predictions)),
            Route("/runs/{run_id}/unseen", with_store(left_out.run_left_out)),
            Route("/runs/{run_id}/ranking", with_store(rankings.run_ranking)),
            Route("/runs/{run_id}/drawing", asked(drawing.run_drawing, drawing.LONGEST), methods=["POST"]),
            Route("/runs/{run_id}/students", with_store(students.run_students)),
            Route("/runs/{run_id}/student.html", one_student),
            Route("/runs/{run_id}/student.onnx", with_store(students.student_onnx)),
            Route("/runs/{run_id}/costs", counted),
            Route("/runs/{run_id}/costs", asked(costs.measure_run, 0), methods=["POST"]),
            Route("/runs/{run_id}/{file:str}", with_store(runs.run_file)),
            Route("/sweeps/{sweep_id}", with_store(sweeps.sweep_events)),
            Route("/teachers/{teacher}/answers", with_store(answers.teacher_answers)),
            Route("/teachers/{teacher}/ranking", with_store(rankings.teacher_ranking)),
            Route("/teachers/{teacher}/drawing", asked(drawing.teacher_drawing, drawing.LONGEST), methods=["POST"]),
            Route("/questions/anki.txt", guarded(take_away.anki_deck)),
            Route("/questions/moodle.txt", guarded(take_away.moodle_bank)),
            Route("/learner/results.{kind:str}", with_store(take_away.results)),
            Route("/learner/open", with_body(learners.opened), methods=["POST"]),
            Route("/learner/move", with_body(learners.move), methods=["POST"]),
            Route("/learner/decline", with_body(learners.decline), methods=["POST"]),
            Route("/learner/follow", with_body(learners.follow), methods=["POST"]),
            Route("/learner/renew", with_body(learners.renew), methods=["POST"]),
            Route("/learner/forget", with_body(learners.forget), methods=["POST"]),
            Route("/waits", guarded(waits)),
            Route("/data/{data}/class/{number}.png", guarded(assets.contact_row)),
            Route("/data/{data}/test/sheet.png", guarded(assets.test_sheet)),
            Route("/data/{data}/test/{image}.png", guarded(assets.test_image)),
            Route("/language/teacher.safetensors", guarded(assets.language_teacher)),
            Route("/assets/plotly.min.js", guarded(assets.plotly)),
            Route("/js/{path:path}", guarded(assets.script)),
            WebSocketRoute(SOCKET, opening),
        ],
        exception_handlers={HTTPException: refused},
        middleware=[Middleware(GZipMiddleware, minimum_size=WORTH_PACKING, compresslevel=1)],
    )
    link, read = f"{BASE_PATH}{learners.LINK}", f"{BASE_PATH}{reading.READING}"
    plain = Starlette(
        routes=[
            Route(link, guarded(learners.link_page)),
            Route(f"{link}/{{token}}", with_store(learners.opened_by_path)),
            Route(read, guarded(reading.index)),
            Route(f"{read}/{{lesson}}", guarded(reading.lesson)),
        ],
        exception_handlers={HTTPException: refused},
    )
    return [
        Mount(API, app=api),
        *(Route(address, plain) for path in (link, read) for address in (path, f"{path}/{{below:path}}")),
    ]


def waits(_request: Request) -> Response:
    """Whether something that was pressed waits for the database: what a page asks whose press takes long."""
    return JSONResponse({"waits": is_waited_for()}, headers={"Cache-Control": "no-store"})


async def opening(socket: WebSocket) -> None:
    """Open a WebSocket, which says that it can be opened."""
    await socket.accept()
    await socket.close()


class ApiFirst:
    """An ASGI middleware that answers what `routes` has an answer for, and passes everything else on.

    As routes of `st.App` the same answers cost a quarter more: they would go through the layers of Streamlit's pages.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.pages = app
        self.router = Router(routes(), redirect_slashes=False, default=app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" or scope.get("path") == f"{API}{SOCKET}"
        await (self.router if ours else self.pages)(scope, receive, send)

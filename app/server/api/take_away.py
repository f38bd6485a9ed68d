"""Files to take away: a learner's own results, and the questions for other programs. Made when they are asked for."""

from starlette.requests import Request
from starlette.responses import Response

from app.experiments.files import BOM
from app.experiments.spec import shown
from app.server import identity
from app.server.api.asking import missing
from app.server.api.learners import NO_COOKIE
from app.store import Store
from app.teaching.export import anki, gift
from app.teaching.export.elsewhere import QuestionsByLesson, questions_by_lesson
from app.teaching.own_results import records, to_csv, to_json


def results(request: Request, store: Store) -> Response:
    """All that the visitor did, as a table (csv) or as JSON."""
    learner, kind = identity.learner_from(request.cookies), request.path_params["kind"]
    if kind not in ("csv", "json"):
        raise missing("There is no such file: results come as csv or json.")
    if learner is None:
        raise missing(NO_COOKIE)
    # a page may be older than the browser's move to another learner
    learner = store.learners.who_became(learner) or learner
    mine = records(
        store.answers.of(learner),
        store.lessons.progress(learner),
        store.lessons.all_predictions(learner),
        [run for run, _ in store.runs.listed(learner)],
    )
    if kind == "csv":
        return _file(BOM + to_csv(mine), "distillery-results.csv", "text/csv", "no-store")
    return _file(to_json(mine), "distillery-results.json", "application/json", "no-store")


def anki_deck(request: Request) -> Response:
    """The questions as flashcards. lesson: the id of one, else all."""
    return _file(anki.deck(_asked(request)), "distillery-anki.txt", "text/plain", "no-cache")


def moodle_bank(request: Request) -> Response:
    """The questions in Moodle's GIFT format. lesson: the id of one, else all."""
    return _file(gift.gift(_asked(request)), "distillery-gift.txt", "text/plain", "no-cache")


def _asked(request: Request) -> QuestionsByLesson:
    only = request.query_params.get("lesson")
    questions = questions_by_lesson(only)
    if not questions:
        raise missing(f"There is no lesson {shown(only)}." if only else "This copy of the app has no readable lesson.")
    return questions


def _file(text: str, name: str, kind: str, kept: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": kept}
    return Response(text, media_type=f"{kind}; charset=utf-8", headers=headers)

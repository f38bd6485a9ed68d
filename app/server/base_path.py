"""The path below which this server stands: all that it serves, links to or sets cookies for follows it."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.components.base_path import API as API
from app.components.base_path import BASE_PATH as BASE_PATH

COOKIE_PATH = BASE_PATH or "/"


class BasePath:
    """An ASGI middleware that puts the base path back before a path from which a proxy has stripped it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if BASE_PATH and scope["type"] in ("http", "websocket") and not f"{scope['path']}/".startswith(f"{BASE_PATH}/"):
            raw = BASE_PATH.encode() + scope.get("raw_path", scope["path"].encode())
            scope = {**scope, "path": BASE_PATH + scope["path"], "raw_path": raw}
        await self.app(scope, receive, send)

"""Routes that the tests of this folder ask."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from app.server.api import routes
from app.store import Store
from tests.asgi import Ask, get


@pytest.fixture
def ask(store: Store) -> Ask:
    """Asks the routes over an empty store."""
    app = Starlette(routes=routes(lambda: store))
    return lambda address, **kwargs: get(app, address, **kwargs)

"""The same store and recordings as the tests of pages have."""

from tests.views.conftest import no_recordings, store

__all__ = ["no_recordings", "store"]

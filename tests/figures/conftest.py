"""The same store and recordings as the tests of pages have."""

from tests.views.conftest import learner, no_recordings, store

__all__ = ["learner", "no_recordings", "store"]

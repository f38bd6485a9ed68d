"""The store: what a page, a worker and the runner may ask of it, by part.

SQLite in `home()` (or DATABASE_URL), written by the web server, the runner and every worker at once.
"""

from app.store.answers import Answers
from app.store.database import Database, Watch
from app.store.facts import Facts, Teachers
from app.store.image_sets import ImageSets
from app.store.jobs import Jobs
from app.store.learners import Learners
from app.store.leases import Machines
from app.store.lessons import Lessons
from app.store.quota import Quota
from app.store.runs import Runs
from app.store.sweeps import Sweeps


class Store:
    """All that is kept. Every method of its parts may raise StoreError with a sentence for the page.

    url: a SQLAlchemy URL, else DATABASE_URL, else SQLite in `home()`. Opening it migrates the schema.
    """

    def __init__(self, url: str | None = None) -> None:
        self.database = database = Database(url)
        self.quota = Quota(database)
        self.runs, self.sweeps = Runs(database, self.quota), Sweeps(database, self.quota)
        self.learners, self.lessons, self.answers = Learners(database), Lessons(database), Answers(database)
        self.jobs = Jobs(database)
        self.images = ImageSets(database, self.jobs)
        self.machines, self.facts, self.teachers = Machines(database), Facts(database), Teachers(database)

    def watch(self) -> Watch:
        """Tell cheaply whether another process has written."""
        return Watch(self.database)

    def close(self) -> None:
        """Close the connections."""
        self.database.engine.dispose()

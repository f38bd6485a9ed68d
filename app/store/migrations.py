"""How the store's schema came to be, one step per version. A step that was published is never changed.

To change the schema: change `tables.py`, append a step here, and keep a dump of the version before it in
``tests/fixtures/store_v<n>.sql``.
"""

from sqlalchemy import Connection, text

_RUNS = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY NOT NULL, learner TEXT NOT NULL, state TEXT NOT NULL, spec TEXT NOT NULL, mode TEXT NOT NULL,
    request TEXT, message TEXT NOT NULL, created DOUBLE PRECISION NOT NULL, queued DOUBLE PRECISION NOT NULL,
    started DOUBLE PRECISION, finished DOUBLE PRECISION, seconds DOUBLE PRECISION NOT NULL, done BIGINT NOT NULL,
    updates BIGINT NOT NULL, seq BIGINT NOT NULL, work DOUBLE PRECISION NOT NULL, bytes BIGINT NOT NULL, worker TEXT,
    record TEXT NOT NULL)
"""

# {blob} is the dialect's type for bytes.
STEPS: tuple[tuple[str, ...], ...] = (
    (  # 1: learners, runs and their progress
        """CREATE TABLE learners (
            id TEXT PRIMARY KEY NOT NULL, created DOUBLE PRECISION NOT NULL, seen DOUBLE PRECISION NOT NULL,
            served DOUBLE PRECISION NOT NULL)""",
        _RUNS,
        "CREATE INDEX runs_learner ON runs (learner, created)",
        "CREATE INDEX runs_state ON runs (state)",
        "CREATE TABLE events (run TEXT NOT NULL, seq BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, seq))",
        """CREATE TABLE logits (
            run TEXT NOT NULL, seq BIGINT NOT NULL, shape TEXT NOT NULL, body {blob} NOT NULL,
            PRIMARY KEY (run, seq))""",
        "CREATE TABLE facts (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
        """CREATE TABLE teacher_answers (
            data TEXT NOT NULL, teacher TEXT NOT NULL, data_digest TEXT NOT NULL, teacher_digest TEXT NOT NULL,
            accuracy DOUBLE PRECISION NOT NULL, test_images BIGINT NOT NULL, shape TEXT NOT NULL,
            body {blob} NOT NULL, PRIMARY KEY (data, teacher))""",
    ),
    (  # 2: downloads of full data sets
        """CREATE TABLE downloads (
            data TEXT PRIMARY KEY NOT NULL, state TEXT NOT NULL, bytes_done BIGINT NOT NULL,
            bytes_total BIGINT NOT NULL, message TEXT NOT NULL, requested DOUBLE PRECISION NOT NULL)""",
    ),
    (  # 3: names of runs, sweeps, and images of a learner's own
        "ALTER TABLE runs ADD COLUMN name TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE runs ADD COLUMN sweep TEXT",
        "ALTER TABLE runs ADD COLUMN cohort TEXT",
        "CREATE INDEX runs_sweep ON runs (sweep)",
        """CREATE TABLE sweeps (
            id TEXT PRIMARY KEY NOT NULL, learner TEXT NOT NULL, plan TEXT NOT NULL,
            created DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX sweeps_learner ON sweeps (learner, created)",
        """CREATE TABLE image_sets (
            id TEXT PRIMARY KEY NOT NULL, learner TEXT NOT NULL, name TEXT NOT NULL, job TEXT NOT NULL,
            state TEXT NOT NULL, done DOUBLE PRECISION NOT NULL, message TEXT NOT NULL,
            created DOUBLE PRECISION NOT NULL, requested DOUBLE PRECISION NOT NULL, served DOUBLE PRECISION NOT NULL,
            record TEXT NOT NULL)""",
        "CREATE INDEX image_sets_learner ON image_sets (learner, created)",
    ),
    (  # 4: steps of lessons that learners did, and what they predicted
        """CREATE TABLE progress (
            learner TEXT NOT NULL, lesson TEXT NOT NULL, step TEXT NOT NULL, at DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (learner, lesson, step))""",
        """CREATE TABLE predictions (
            learner TEXT NOT NULL, lesson TEXT NOT NULL, prediction TEXT NOT NULL, version BIGINT NOT NULL,
            value TEXT NOT NULL, at DOUBLE PRECISION NOT NULL, PRIMARY KEY (learner, lesson, prediction))""",
    ),
    (  # 5: answers to questions
        """CREATE TABLE answers (
            learner TEXT NOT NULL, press TEXT NOT NULL, lesson TEXT NOT NULL, question TEXT NOT NULL,
            v BIGINT NOT NULL, variant BIGINT NOT NULL, given TEXT NOT NULL, score DOUBLE PRECISION NOT NULL,
            sure TEXT NOT NULL, at DOUBLE PRECISION NOT NULL, PRIMARY KEY (learner, press))""",
        "CREATE INDEX answers_lesson ON answers (learner, lesson)",
    ),
    (  # 6: learners who are no more
        "CREATE TABLE departed (mark TEXT PRIMARY KEY NOT NULL, became TEXT, at DOUBLE PRECISION NOT NULL)",
        "CREATE INDEX departed_became ON departed (became)",
    ),
    (  # 7: what runs cost (what was noted before forgot a layer); leases of machines; one table for jobs
        "ALTER TABLE runs ADD COLUMN cost DOUBLE PRECISION",
        "ALTER TABLE runs DROP COLUMN work",
        "ALTER TABLE runs ADD COLUMN machine TEXT",
        "ALTER TABLE runs ADD COLUMN handed BIGINT NOT NULL DEFAULT 0",
        """CREATE TABLE machines (
            id TEXT PRIMARY KEY NOT NULL, slots BIGINT NOT NULL, since DOUBLE PRECISION NOT NULL,
            until DOUBLE PRECISION NOT NULL)""",
        """CREATE TABLE jobs (
            data TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, done DOUBLE PRECISION NOT NULL,
            total DOUBLE PRECISION NOT NULL, message TEXT NOT NULL, requested DOUBLE PRECISION NOT NULL,
            started DOUBLE PRECISION NOT NULL, machine TEXT)""",
        """INSERT INTO jobs (data, kind, state, done, total, message, requested, started)
            SELECT data, 'fetch', state, bytes_done, bytes_total, message, requested, 0 FROM downloads""",
        """INSERT INTO jobs (data, kind, state, done, total, message, requested, started)
            SELECT id, job, state, done, 0, message, requested, served FROM image_sets""",
        "DROP TABLE downloads",
        *(
            f"ALTER TABLE image_sets DROP COLUMN {name}"
            for name in ("job", "state", "done", "message", "requested", "served")
        ),
    ),
    (  # 8: phrases that were changed; where a run that waits was asked for
        "ALTER TABLE departed ADD COLUMN void BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN origin TEXT",
    ),
    (  # 9: who was added to another; where images came from
        "ALTER TABLE departed ADD COLUMN added BIGINT NOT NULL DEFAULT 0",
        "UPDATE departed SET added = 1 WHERE void = 0 AND became IS NOT NULL",
        "ALTER TABLE image_sets ADD COLUMN origin TEXT",
    ),
)
VERSION = len(STEPS)


def migrate(connection: Connection) -> int:
    """Bring the schema to VERSION inside the connection's open transaction.

    Returns the version that it had: 0 for a new store. One above VERSION is left alone.
    """
    connection.execute(text("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"))
    version_before = connection.execute(text("SELECT max(version) FROM schema_version")).scalar() or 0
    blob = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    for version, statements in enumerate(STEPS[version_before:], start=version_before + 1):
        for statement in statements:
            connection.execute(text(statement.replace("{blob}", blob)))
        connection.execute(text("DELETE FROM schema_version"))
        connection.execute(text("INSERT INTO schema_version (version) VALUES (:version)"), {"version": version})
    return int(version_before)

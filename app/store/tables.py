"""The tables as the present program uses them. `migrations.py` makes them; a test compares the two.

Times are seconds since 1970, durations seconds.
"""

from sqlalchemy import BigInteger, Column, Double, Index, LargeBinary, MetaData, Table, Text

metadata = MetaData()

learners = Table(
    "learners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("served", Double, nullable=False),  # when a worker last took a run of this learner
)

departed = Table(  # learners who are no more: their browsers, and what these still send, are told so
    "departed",
    metadata,
    Column("mark", Text, primary_key=True),  # a hash of the id, which itself is not kept
    Column("became", Text),  # the learner whom theirs was added to; none: it was deleted
    Column("at", Double, nullable=False),
    Column("void", BigInteger, nullable=False, server_default="0"),  # 1: their phrase and link lead nowhere
    Column("added", BigInteger, nullable=False, server_default="0"),  # 1: theirs was added to another learner's
    Index("departed_became", "became"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("learner", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("spec", Text, nullable=False),  # JSON
    Column("mode", Text, nullable=False),  # train, or step: one update, then pause
    Column("request", Text),  # what the learner asks of a running run: pause, resume, step, stop
    Column("message", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("queued", Double, nullable=False),  # since when it waits, or last waited
    Column("started", Double),
    Column("finished", Double),
    Column("seconds", Double, nullable=False),  # of training
    Column("done", BigInteger, nullable=False),  # updates made
    Column("updates", BigInteger, nullable=False),  # updates in all
    Column("seq", BigInteger, nullable=False),  # of the last event
    Column("bytes", BigInteger, nullable=False),  # kept for it: events, logits, weights
    Column("worker", Text),
    Column("record", Text, nullable=False),  # JSON
    Column("name", Text, nullable=False, server_default=""),  # that the learner gave it; "": none
    Column("sweep", Text),  # the sweep that it is a cell of
    Column("cohort", Text),  # runs of one cohort are trained together, as one network
    Column("cost", Double),  # seconds that it, or its cohort, takes on the reference core; unknown: of an old version
    Column("machine", Text),  # whose worker it is
    Column("handed", BigInteger, nullable=False, server_default="0"),  # times to a worker since it last began
    Column("origin", Text),  # a hash of the address that asked for it; forgotten when it has ended
    Index("runs_learner", "learner", "created"),
    Index("runs_state", "state"),
    Index("runs_sweep", "sweep"),
)

machines = Table(  # whose runner looks after trainings now; times are the database's
    "machines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("slots", BigInteger, nullable=False),  # runs that it may train at once
    Column("since", Double, nullable=False),  # since when its lease has been renewed in time
    Column("until", Double, nullable=False),  # when its lease runs out
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", Text, primary_key=True),
    Column("learner", Text, nullable=False),
    Column("plan", Text, nullable=False),  # JSON: what varies, and what all its runs share
    Column("created", Double, nullable=False),
    Index("sweeps_learner", "learner", "created"),
)

image_sets = Table(
    "image_sets",
    metadata,
    Column("id", Text, primary_key=True),  # of the data set
    Column("learner", Text, nullable=False),  # whose images these are
    Column("name", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("record", Text, nullable=False),  # JSON: what was understood of the images
    Column("origin", Text),  # a hash of the address that brought them
    Index("image_sets_learner", "learner", "created"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("data", Text, primary_key=True),  # the data set that it is about: the latest job of each is kept
    Column("kind", Text, nullable=False),  # fetch (a full data set), read (what was uploaded), teach (a teacher)
    Column("state", Text, nullable=False),  # queued, running, finished, failed, cancelled; gone: so are the images
    Column("done", Double, nullable=False),  # bytes of a download, else a share
    Column("total", Double, nullable=False),  # bytes, 0: not known yet
    Column("message", Text, nullable=False),
    Column("requested", Double, nullable=False),
    Column("started", Double, nullable=False),  # when a job on these data last began
    Column("machine", Text),  # whose runner does it
)

progress = Table(
    "progress",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("lesson", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("at", Double, nullable=False),  # when it was last done
)

predictions = Table(
    "predictions",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("lesson", Text, primary_key=True),
    Column("prediction", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),  # of the lesson that asked
    Column("value", Text, nullable=False),  # JSON
    Column("at", Double, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("body", Text, nullable=False),  # JSON
)

logits = Table(
    "logits",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("shape", Text, nullable=False),  # JSON: arms, seeds, shown, classes
    Column("body", LargeBinary, nullable=False),  # float16, little-endian
)

facts = Table(
    "facts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
)

answers = Table(
    "answers",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("press", Text, primary_key=True),  # a press of the button, so that none is kept twice
    Column("lesson", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("v", BigInteger, nullable=False),  # of the question
    Column("variant", BigInteger, nullable=False),
    Column("given", Text, nullable=False),  # JSON
    Column("score", Double, nullable=False),  # 0 … 1
    Column("sure", Text, nullable=False),  # sure, think, guess, or nothing said
    Column("at", Double, nullable=False),
    Index("answers_lesson", "learner", "lesson"),
)

teacher_answers = Table(
    "teacher_answers",
    metadata,
    Column("data", Text, primary_key=True),
    Column("teacher", Text, primary_key=True),
    Column("data_digest", Text, nullable=False),
    Column("teacher_digest", Text, nullable=False),
    Column("accuracy", Double, nullable=False),  # fraction, on all test images of `data`
    Column("test_images", BigInteger, nullable=False),
    Column("shape", Text, nullable=False),  # JSON: shown, classes
    Column("body", LargeBinary, nullable=False),  # float16, little-endian
)

"""Finished experiments that come along, and how they are read.

To add one, write an entry in the table `pretrained.plans.PLANS` and run ``python -m pretrained.record NAME``. Give it a
view here only if its readers need more than `recordings(Recording)` offers.
"""

from app.experiments.recordings.recording import FinishedRun, Recording, folder, named, recordings, write

"""What a learner is asked to do."""

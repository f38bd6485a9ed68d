"""What a learner is asked to do. Knows no torch and no page."""

"""What learners are asked to do."""

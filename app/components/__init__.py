"""What must react within a frame: components v2 and their JavaScript."""

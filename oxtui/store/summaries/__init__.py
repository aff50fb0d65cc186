"""What a list shows of each session: read quickly, and not twice."""

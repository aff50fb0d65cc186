"""A session, replayed as turns."""

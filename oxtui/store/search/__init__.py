"""The full text of all sessions: an index kept by a process of its own, and its client."""

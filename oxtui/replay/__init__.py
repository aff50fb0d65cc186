"""A session as an exchange: its turns, what was called in them, and what that took."""

"""oxtui: a terminal application for the sessions of Oxios."""

__version__ = "0.1.0"

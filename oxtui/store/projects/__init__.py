"""Projects of Oxios: read from its database or from files, and changed there."""

"""A session as a document: as text, Markdown, HTML, or the bytes of its file."""

"""Files in memory, opened as often as a reader wants."""

from io import BytesIO


def opened(content: bytes):
    """Return a function that opens a file with this content."""
    return lambda: BytesIO(content)

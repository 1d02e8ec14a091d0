"""Tables of any source, opened for a task."""

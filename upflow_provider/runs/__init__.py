"""What every run has: a window, progress, a report."""

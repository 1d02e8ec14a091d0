"""Parts of every run: its window, its progress and its report."""

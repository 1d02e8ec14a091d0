"""
What this package promises in numbers, measured: ``make bench``.

Each benchmark is a module with ``run() -> list[Figure]``. Vendors are fakes in a process of their own,
everything else is real. Nothing fails because a machine is slow: a figure beside its target is all
there is.
"""

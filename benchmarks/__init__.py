"""
Benchmarks: what the package promises in numbers, measured by ``make bench``.

Each benchmark is a module with a class ``Size``, two sizes ``NORMAL`` and ``SMOKE``, and a function
``run(size: Size) -> list[Figure]``; `benchmarks.catalogue` lists them. The vendors are fakes in a process of their own;
everything else is real. A slow machine fails nothing: the result is a figure beside its target. A *smoke run* uses
tiny inputs; it proves that a benchmark runs to its end, and its figures mean nothing.
"""

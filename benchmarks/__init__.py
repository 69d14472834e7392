"""Benchmarks of pyrox against Pyro5 and against a floor: ``python -m benchmarks``.

See README.md in this folder for method, bias and how to read the numbers.
"""

"""A fractal: all its lines in one batch."""

import sys

from Pyro5.api import BatchProxy, Proxy

with Proxy(sys.argv[1]) as mandelbrot:
    batch = BatchProxy(mandelbrot)
    for row in range(-10, 11):
        batch.line(row / 8, 72)
    for line in batch():
        print(line.rstrip())

"""Have the Mandelbrot set computed, and save the picture: ``client.py [WIDTH]``.

Shows work that is handed out: all workers with the tag are asked, each gets its next row when it
is done with one, so that the fast ones do more. What a lost worker leaves is done by the others.
"""

import struct
import sys
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import compress
from pathlib import Path

import pyrox

LEFT, TOP, ACROSS = -2.0, 1.0, 3.0

width = int(sys.argv[1]) if len(sys.argv) > 1 else 480
height = width * 2 // 3
step = ACROSS / width
missing = deque(range(height))
picture: dict[int, bytes] = {}


def compute(uri: str) -> bool:
    """Let a worker compute rows until none is missing; return whether it is still there."""
    with pyrox.Proxy(uri) as worker:
        while True:
            try:
                number = missing.popleft()
            except IndexError:
                return True
            try:
                picture[number] = worker.row(LEFT, TOP - number * step, step, width)
            except (pyrox.ConnectError, pyrox.ConnectionClosedError):
                missing.append(number)
                print(f"lost the worker {uri}")
                return False


def png(rows: list[bytes]) -> bytes:
    """Return a PNG file with a color for each byte, the dark ones first."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    colors = bytes(min(255, shade * factor) for shade in range(256) for factor in (2, 5, 12))
    points = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = chunk(b"IHDR", header), chunk(b"PLTE", colors), chunk(b"IDAT", points)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


with pyrox.locate_ns() as ns:
    workers = [uri for uri, _ in ns.yplookup(meta_all=["mandelbrot"]).values()]

while missing and workers:
    print(f"workers: {len(workers)}, rows to compute: {len(missing)}")
    with ThreadPoolExecutor(len(workers)) as pool:
        workers = list(compress(workers, pool.map(compute, workers)))

if missing:
    sys.exit("there is no worker: start server.py, once or more often")

file = Path("mandelbrot.png").absolute()
file.write_bytes(png([picture[number] for number in range(height)]))
print(f"{width} x {height} points are in {file}")

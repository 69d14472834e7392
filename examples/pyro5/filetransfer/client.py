"""A file, by three ways."""

import sys
import zlib

import serpent
from Pyro5.api import Proxy, current_context

with Proxy(sys.argv[1]) as files:
    print("size", files.size())
    data = serpent.tobytes(files.whole())
    print("whole", len(data), zlib.crc32(data))
    checksum, count = 0, 0
    for piece in files.pieces(100_000):
        checksum = zlib.crc32(serpent.tobytes(piece), checksum)
        count += 1
    print("pieces", count, checksum)
    print(files.beside())
    data = current_context.response_annotations["FDAT"]
    print("beside", len(data), zlib.crc32(data))
    files._pyroSerializer = "marshal"
    print("with marshal", zlib.crc32(files.whole()))

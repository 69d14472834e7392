"""Large values with every serializer, compressed and not."""

import sys

from Pyro5.api import Proxy, config

SIZE = 3_000_000
for serializer in ("serpent", "json", "marshal", "msgpack"):
    config.SERIALIZER = serializer
    with Proxy(sys.argv[1]) as store:
        for config.COMPRESSION in (False, True):
            print(serializer, config.COMPRESSION, end=" ")
            print(tuple(store.measure("a" * SIZE)), len(store.text(SIZE)), end=" ")
            print(tuple(store.measure([1] * 50_000)), sum(map(len, store.parts(10, SIZE // 10))))

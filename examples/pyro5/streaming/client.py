"""Item streams: all kinds, side by side, ended early, and over a new connection."""

import sys
import time
from itertools import islice

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as streamer:
    print("a list:", streamer.list())
    print("an iterator:", list(streamer.iterator()))
    print("a property:", list(streamer.lines))
    one, two = streamer.generator("one"), streamer.generator("two")
    print("side by side:", list(islice(one, 3)), list(islice(two, 2)), list(islice(one, 2)))
    one.close()
    while streamer.ended_ones() != ["one"]:
        time.sleep(0.01)
    print("ended:", streamer.ended_ones())
    failing = streamer.failing()
    print(next(failing))
    try:
        next(failing)
    except LookupError as error:
        print("error:", error)
    streamer._pyroReconnect()
    print("over a new connection:", list(islice(two, 2)))
    two.close()
    print("total:", sum(islice(streamer.generator("three"), 100)))

"""Lead a turtle: ``client.py URI``.

Shows ``pyrox.Batch``: calls are collected, travel in one message, and give their results in
order. Where one fails, its error comes in place of its result, and those behind it do not run.
"""

import sys

import pyrox

with pyrox.Proxy(sys.argv[1]) as turtle:
    batch = pyrox.Batch(turtle)
    for _ in range(4):
        batch.forward(10)
        batch.right()
    print("a square:", *(place for place in batch() if place))

    for _ in range(1000):
        batch.forward(1)
    print(f"{len(batch)} calls in one message:", list(batch())[-1])

    batch.right()
    batch.right()
    batch.forward(2000)
    batch.forward(1)
    try:
        list(batch())
    except ValueError as error:
        print(f"refused: {error}")
    print("still at", turtle.forward(0))

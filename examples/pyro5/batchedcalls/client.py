"""Batches: results in the order of the calls, an error in its place, and oneway."""

import sys

from Pyro5.api import BatchProxy, Proxy

with Proxy(sys.argv[1]) as calculator:
    batch = BatchProxy(calculator)
    for number in range(100):
        batch.add(number, b=1)
    print("sum:", sum(batch()))

    print("noted, not made:", batch.add(1), batch.divide(7, 2), batch.divide(1, 0), batch.add(2))
    results = batch()
    print(next(results), next(results))
    try:
        next(results)
    except ZeroDivisionError as error:
        print("error:", error, "traceback:", bool(error._pyroTraceback))
    print("left:", list(results))
    print("made:", calculator.count())

    for number in range(5):
        batch.add(number)
    print("oneway:", batch(oneway=True))
    print("made:", calculator.count())
    print("empty:", list(batch()))

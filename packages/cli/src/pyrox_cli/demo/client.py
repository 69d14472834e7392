"""A client. Its arguments: the URI of a greeter, and whom to greet."""

import sys
import time

import pyrox


def main(uri: str, name: str) -> None:
    """Use the greeter at ``uri`` in the ways there are."""
    with pyrox.Proxy(uri) as greeter:
        print(f"calling {uri}: {greeter.greet(name)}")
        try:
            greeter.greet("")
        except ValueError as error:
            last_lines = (pyrox.remote_traceback(error) or "").splitlines()[-3:]
            print(f"an exception came back: {error!r}, raised there at", *last_lines, sep="\n  ")
        for number in greeter.count_down(5):
            print(f"from the stream: {number}")
        print(f"{calls_per_second(greeter):,.0f} calls per second")


def calls_per_second(greeter: pyrox.Proxy) -> float:
    """Call for half a second; return how many calls a second that makes."""
    calls, begin = 0, time.perf_counter()
    while time.perf_counter() < begin + 0.5:
        greeter.add(calls, 1)
        calls += 1
    return calls / (time.perf_counter() - begin)


if __name__ == "__main__":
    main(*sys.argv[1:])

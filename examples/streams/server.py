"""Prime numbers without end.

Shows item streams: a method that returns a generator. It computes each item when the client asks
for it, and it is closed, as any generator, when the client wants no more.
"""

import itertools
from collections.abc import Iterator

import pyrox


@pyrox.expose
class Numbers:
    """Finds prime numbers, one after the other."""

    def primes(self, first: int = 2) -> Iterator[int]:
        """Give the primes from ``first`` on, for as long as somebody reads."""
        given = 0
        try:
            for number in itertools.count(max(first, 2)):
                if all(number % divisor for divisor in range(2, int(number**0.5) + 1)):
                    given += 1
                    yield number
        finally:
            print(f"a reader has gone after {given} primes", flush=True)

    def divisors(self, number: int) -> Iterator[int]:
        """Give all divisors of a number."""
        return (divisor for divisor in range(1, number + 1) if number % divisor == 0)


with pyrox.Daemon() as daemon:
    print(daemon.register(Numbers, "numbers"), flush=True)
    daemon.serve_forever()

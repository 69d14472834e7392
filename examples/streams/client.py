"""Read streams of numbers: ``client.py URI``.

Shows an item stream that is read to its end, and one without an end, which is closed early: at
the end of its ``with`` block, whichever way that is left.
"""

import sys

import pyrox

with pyrox.Proxy(sys.argv[1]) as numbers:
    print("divisors of 60:", *numbers.divisors(60))

    with numbers.primes(first=1000) as primes:
        for prime in primes:
            if prime % 100 == 51:
                print(f"a prime that ends in 51: {prime}")
                break

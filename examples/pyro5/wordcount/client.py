"""Counting words: each counter gets a share, the counts are added up."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from Pyro5.api import Proxy, locate_ns

TEXT = """
The rain in Spain stays mainly in the plain.
In Hartford, Hereford and Hampshire, hurricanes hardly happen.
The plain in Spain, the rain of Spain, and a plain of rain.
""".split("\n")


def count(share):
    uri, lines = share
    with Proxy(uri) as counter:
        return counter.count(lines)


with locate_ns() as ns:
    counters = ns.list(prefix="example.wordcount.")
print("counters:", sorted(counters))
shares = [(uri, TEXT[number :: len(counters)]) for number, uri in enumerate(counters.values())]
with ThreadPoolExecutor() as pool:
    total = Counter()
    for part in pool.map(count, shares):
        total.update(part)
for word, number in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:5]:
    print(f"{word:10} {number}")

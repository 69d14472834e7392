"""Counting words: several counters under names with one prefix."""

from collections import Counter

from Pyro5.api import Daemon, expose, locate_ns


class WordCounter:
    """Counts the words of its share of the text."""

    filtered = {"the", "and", "of", "a", "in", "to"}

    @expose
    def count(self, lines):
        words = (word.strip(".,").lower() for line in lines for word in line.split())
        return dict(Counter(word for word in words if word not in self.filtered))


with Daemon() as daemon, locate_ns() as ns:
    for number in range(4):
        ns.register(f"example.wordcount.{number}", daemon.register(WordCounter()))
    print("counting", flush=True)
    daemon.requestLoop()

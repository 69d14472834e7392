"""A library of somebody else, which knows nothing of Pyro and cannot be changed."""


class AwesomeClass:
    """Does something useful."""

    def method(self, value):
        return f"awesome {value}"

    def make(self):
        return Part()

    def _private(self):
        return "private"


class Part:
    """Something that the library returns, and nobody can send."""

    def number(self):
        return 42

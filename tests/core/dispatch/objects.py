"""Objects that fail in every way, or tell when they were touched."""

from typing import Any

from pyrox import callback, expose


class OwnError(Exception): ...


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class Unsendable:
    __slots__ = ()


class OwnEnd(BaseException):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@expose
class Service:
    """Raises or returns what a test puts in."""

    def __init__(self) -> None:
        self.error: BaseException = ValueError("bad")
        self.result: Any = None

    def fail(self) -> None:
        raise self.error

    def give(self) -> Any:
        return self.result

    @callback
    def call_back(self) -> None:
        raise self.error

    def work(self) -> str:
        return "done"

    @property
    def trouble(self) -> None:
        raise self.error


class Guarded:
    """Fails the test if anything of it is touched that is not exposed."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    @expose
    def work(self) -> str:
        self.ran.append("work")
        return "done"

    @property
    @expose
    def size(self) -> int:
        self.ran.append("size")
        return 1

    @property
    def unexposed_property(self) -> int:
        raise AssertionError("an unexposed getter ran")

    def unexposed(self) -> None:
        raise AssertionError("an unexposed method ran")

    @expose
    class Nested:
        def __init__(self) -> None:
            raise AssertionError("a nested class was instantiated")

    plain = 5

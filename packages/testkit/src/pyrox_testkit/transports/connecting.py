"""Listening and connecting."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pyrox

from ..patience import PATIENCE, Background
from .ground import Ends, Ground, accept, wait_for

__all__ = ["Connecting"]

CannotConnect = (OSError, pyrox.CommunicationError)


class Connecting(Ground):
    """How connections come about."""

    def test_its_scheme_can_stand_in_a_uri(self, transport: pyrox.Transport) -> None:
        scheme = transport.scheme
        assert scheme == scheme.lower(), f"scheme is written in lower case, not {scheme!r}"
        uri = pyrox.URI(f"PYRO+{scheme.upper()}:object@place:1")
        assert uri.transport == scheme

    def test_a_listener_says_where_it_can_be_reached(self, listener: pyrox.Listener) -> None:
        location = listener.location
        assert location, "Listener.location is empty: it is what goes into URIs"
        assert not location.endswith(":0"), f"the port in {location!r} is not the real one"
        assert not set(location) & set(" \t\n"), f"blanks in {location!r}, no URI can have these"

    def test_the_location_survives_a_uri(
        self, transport: pyrox.Transport, listener: pyrox.Listener
    ) -> None:
        uri = pyrox.URI(f"PYRO+{transport.scheme.upper()}:object@{listener.location}")
        assert pyrox.URI(str(uri)).location == listener.location

    def test_there_is_nobody_to_accept_before_somebody_connects(
        self, listener: pyrox.Listener
    ) -> None:
        with pytest.raises(BlockingIOError):
            listener.accept()

    def test_two_that_connect_are_two_connections(self, join: Callable[[], Ends]) -> None:
        one, two = join(), join()
        one.client.send([b"one"])
        two.client.send([b"two"])
        assert one.server.recv(100) == b"one"
        assert two.server.recv(100) == b"two"

    def test_both_ends_can_be_waited_on(self, ends: Ends) -> None:
        assert ends.client.fileno() >= 0
        assert ends.server.fileno() >= 0
        assert ends.client.fileno() != ends.server.fileno()

    def test_two_listeners_do_not_get_in_each_others_way(
        self, transport: pyrox.Transport, listener: pyrox.Listener, config: pyrox.Config
    ) -> None:
        other = transport.listen(self.location(), config)
        try:
            assert other.location != listener.location
        finally:
            other.close()

    def test_where_nobody_listens_any_more_connecting_fails(
        self, transport: pyrox.Transport, config: pyrox.Config
    ) -> None:
        listener = transport.listen(self.location(), config)
        location = listener.location
        listener.close()
        with pytest.raises(CannotConnect) as info:
            transport.connect(location, config, PATIENCE)
        assert str(info.value), "the error says nothing"

    def test_a_place_that_was_left_can_be_taken_again(
        self, transport: pyrox.Transport, config: pyrox.Config
    ) -> None:
        listener = transport.listen(self.location(), config)
        location = listener.location
        listener.close()
        again = transport.listen(location.partition("#")[0], config)
        try:
            assert again.location.partition("#")[0] == location.partition("#")[0]
        finally:
            again.close()

    def test_a_place_that_is_taken_is_refused(
        self, transport: pyrox.Transport, listener: pyrox.Listener, config: pyrox.Config
    ) -> None:
        with pytest.raises((OSError, pyrox.PyroxError)) as info:
            transport.listen(listener.location.partition("#")[0], config).close()
        assert str(info.value), "the error says nothing"

    def test_a_listener_may_be_closed_twice(
        self, transport: pyrox.Transport, config: pyrox.Config
    ) -> None:
        listener = transport.listen(self.location(), config)
        listener.close()
        listener.close()

    def test_connecting_ends_in_time_where_nobody_accepts(
        self, transport: pyrox.Transport, listener: pyrox.Listener, config: pyrox.Config
    ) -> None:
        def connect() -> None:
            try:
                transport.connect(listener.location, config, 0.2).close()
            except CannotConnect:
                pass

        Background(connect).result()

    def test_connecting_takes_no_bound_for_as_long_as_it_takes(
        self, transport: pyrox.Transport, listener: pyrox.Listener, config: pyrox.Config
    ) -> None:
        connecting = Background(transport.connect, listener.location, config, 0.0)
        server = accept(listener)
        try:
            while connecting.running:
                with pytest.raises(BlockingIOError):
                    server.recv_nowait(1)
                wait_for(server, sending=False, seconds=0.01)
            connecting.result().close()
        finally:
            server.close()

    def test_one_that_connects_and_leaves_at_once_does_no_harm(
        self, listener: pyrox.Listener, transport: pyrox.Transport, config: pyrox.Config,
        join: Callable[[], Ends],
    ) -> None:  # fmt: skip
        def come_and_go() -> None:
            try:
                transport.connect(listener.location, config, 0.05).close()
            except CannotConnect:
                pass

        going = Background(come_and_go)
        try:
            accept(listener).close()
        except OSError:
            pass  # it may have gone before
        going.result()
        ends = join()
        ends.client.send([b"still there"])
        assert ends.server.recv(100) == b"still there"

    def test_it_knows_whether_other_machines_can_connect(self, transport: pyrox.Transport) -> None:
        assert transport.is_public(self.location()) in (True, False)

"""How connections end: by a word, by death, in part."""

from __future__ import annotations

import os
import socket
import warnings

import pytest

import pyrox

from ..patience import Background, eventually
from .ground import Ends, Ground, fill, receive, send, wait_for
from .moving import pattern

__all__ = ["Ending"]


class Ending(Ground):
    """What the other side sees of an end."""

    def test_the_peer_sees_the_end_behind_all_that_was_sent(self, ends: Ends) -> None:
        ends.client.send([b"last words"])
        ends.client.close()
        assert receive(ends.server, 100) == b"last words"
        assert ends.server.recv(1) == b""

    def test_the_client_sees_the_end_as_well(self, ends: Ends) -> None:
        ends.server.send([b"last words"])
        ends.server.close()
        assert receive(ends.client, 100) == b"last words"
        assert ends.client.recv(1) == b""

    def test_the_end_stays_the_end(self, ends: Ends) -> None:
        ends.client.close()
        room = memoryview(bytearray(4))
        for _ in range(3):
            assert ends.server.recv(1) == b""
            assert ends.server.recv_into(room) == 0
            assert ends.server.recv_nowait(1) == b""
            assert ends.server.recv_into_nowait(room) == 0

    def test_somebody_who_waits_is_told_of_the_end(self, ends: Ends) -> None:
        waiting = Background(ends.server.recv, 100)
        ends.client.close()
        assert waiting.result() == b""

    def test_the_selector_announces_the_end(self, ends: Ends) -> None:
        with pytest.raises(BlockingIOError):
            ends.server.recv_nowait(1)
        ends.client.close()
        assert wait_for(ends.server, sending=False), "the end is not announced"

    def test_closing_twice_does_nothing(self, ends: Ends) -> None:
        for stream in ends:
            stream.close()
            stream.close()

    def test_sending_to_a_peer_that_has_gone_fails(self, ends: Ends) -> None:
        ends.server.close()
        with pytest.raises(OSError):
            _send_without_end(ends.client)

    def test_much_that_was_on_its_way_does_not_keep_the_end_from_being_seen(
        self, ends: Ends
    ) -> None:
        fill(ends.client)
        sending = Background(_send_without_end, ends.client)
        ends.server.close()
        with pytest.raises(OSError):
            sending.result()

    def test_a_stream_whose_peer_has_gone_is_stale(self, ends: Ends) -> None:
        assert not ends.client.is_stale()
        ends.server.close()
        eventually(ends.client.is_stale, "is_stale() does not tell that the peer has closed it")

    def test_a_side_may_end_and_still_receive(self, ends: Ends) -> None:
        if not self.half_close:
            pytest.skip("this transport says that it cannot end one direction alone")
        for sender, receiver in ends.both_ways():
            if sender is ends.client:
                sender.send([b"question"])
                sender.end()
                assert receive(receiver, 100) == b"question"
            else:
                sender.send([b"answer"])
                sender.end()
                assert receive(receiver, 100) == b"answer"

    def test_ending_tells_the_peer_that_no_more_comes(self, ends: Ends) -> None:
        ends.server.send([b"all of it"])
        ends.server.end()
        assert receive(ends.client, 100) == b"all of it"
        assert ends.client.recv(1) == b""

    def test_ending_twice_does_nothing(self, ends: Ends) -> None:
        ends.server.end()
        ends.server.end()
        assert ends.client.recv(1) == b""

    def test_a_peer_that_dies_is_noticed_by_whoever_waits(self, ends: Ends) -> None:
        waiting = Background(_end_of, ends.server, bytearray())
        _cut(ends.client)
        assert waiting.result() in (b"", ConnectionError)

    def test_a_peer_that_dies_is_noticed_without_waiting(self, ends: Ends) -> None:
        with pytest.raises(BlockingIOError):
            ends.server.recv_nowait(1)
        _cut(ends.client)
        assert wait_for(ends.server, sending=False), "the selector does not announce it"
        assert eventually(lambda: _end_now(ends.server) is not None, "it is not noticed")

    def test_a_peer_that_dies_in_the_middle_ends_what_it_said(self, ends: Ends) -> None:
        send(ends.client, b"the beg")
        _cut(ends.client)
        found = bytearray()
        end = _end_of(ends.server, found)
        assert end in (b"", ConnectionError)
        assert b"the beg".startswith(bytes(found))

    def test_a_forked_process_lets_go_without_a_word(self, ends: Ends) -> None:
        if not hasattr(os, "fork"):
            pytest.skip("this system does not fork")
        send(ends.client, b"before, ")
        assert receive(ends.server, 8) == b"before, "
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads do nothing in it
            child = os.fork()
        if not child:
            try:
                ends.client.abandon()
                ends.server.abandon()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        for sender, receiver in ends.both_ways():
            send(sender, b"behind")
            assert receive(receiver, 6) == b"behind"


def _cut(stream: pyrox.Stream) -> None:
    """Cut the connection beneath a stream, as the system does where a process dies."""
    try:
        beneath = socket.socket(fileno=os.dup(stream.fileno()))
    except OSError:
        pytest.skip("there is no socket beneath it that could be cut")
    with beneath:
        beneath.shutdown(socket.SHUT_RDWR)


def _send_without_end(stream: pyrox.Stream) -> None:
    while True:
        stream.send([pattern(100_000)])


def _end_of(stream: pyrox.Stream, found: bytearray) -> object:
    """Receive until the end; return how it looked."""
    try:
        while data := stream.recv(100):
            found += data
        return b""
    except BlockingIOError:
        return "nothing was noticed"
    except OSError:
        return ConnectionError


def _end_now(stream: pyrox.Stream) -> object:
    try:
        return stream.recv_nowait(100)
    except BlockingIOError:
        return None
    except OSError:
        return ConnectionError

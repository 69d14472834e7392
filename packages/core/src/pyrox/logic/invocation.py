"""The server side of a call, without input or output: a request in, the answer's buffers out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from inspect import isawaitable
from typing import Any

from ..access.control import AccessControl
from ..access.policy import Policy
from ..access.tokens import PROOF_ANNOTATION
from ..contracts.converters import Converters
from ..contracts.exception_forms import exception_to_plain
from ..contracts.serializer import Codec
from ..errors import (
    CommunicationError,
    DaemonError,
    Outcome,
    OverloadedError,
    ProtocolError,
    PyroxError,
    RemoteProtocolError,
    SecurityError,
    SerializeError,
)
from ..objects.exposure import Member
from ..objects.registry import Registry
from ..objects.streams import STREAM_ANNOTATION, StreamTable, is_iterator
from ..plugins import Plugins
from ..protocol.greeting import CAPABILITY_ANNOTATION, greeting
from ..protocol.negotiation import accepted
from ..values.config import Config
from ..values.context import CallContext, serving
from ..values.time_left import read_time_left
from ..wire.buffers import Buffer, give_back
from ..wire.message import Flags, Message
from .failures import STAND_IN_SIZE, RequestError, failure_to_plain, stand_in, text_of, unreadable
from .lookup import GET_ATTRIBUTE, Lookup
from .requests import read_blob, run_batch, run_batch_async
from .served import Host, Invocation, Link
from .welcome import Verdict, Welcome

__all__ = ["Dispatcher", "Host", "Invocation", "Link", "RequestError"]

log = logging.getLogger("pyrox.daemon")

_ONEWAY = Flags.ONEWAY
_BATCH = Flags.BATCH
_KEEP_SERIALIZED = Flags.KEEP_SERIALIZED
_VALUES = frozenset({type(None), bool, int, float, str, bytes, list, tuple, dict, set})
"""What is no iterator, as is known without looking."""
_SEQUENCES = (list, tuple)
_ITERATOR_REPLY = "result of call is an iterator"


def _call(context: CallContext, method: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return method(*args, **kwargs)


def _same(result: Any) -> Any:
    return result


class Dispatcher:
    """Turns requests into calls of registered objects, and results into answers.

    ``now`` is the driver's clock, in seconds; ``annotations``, where there is any, returns what
    goes with every answer; ``invoke(context, method, args, kwargs)`` calls the methods;
    ``instance_for(context, cls)`` returns the instance of a registered class that serves a call.
    ``settle(result)`` makes a blocking driver's value or iterator of what is to be awaited.
    """

    def __init__(
        self,
        host: Host,
        registry: Registry,
        streams: StreamTable,
        config: Config,
        converters: Converters,
        plugins: Plugins,
        now: Callable[[], float],
        annotations: Callable[[], Mapping[str, Buffer]] | None = None,
        invoke: Callable[..., Any] | None = None,
        instance_for: Callable[[CallContext, type], Any] | None = None,
        policy: Policy | None = None,
        settle: Callable[[Any], Any] | None = None,
    ) -> None:
        self._settle = settle or _same
        self._instance_for = instance_for
        self._annotates = annotations
        self._host = host
        self._registry = registry
        self._objects = registry.objects
        self._streams = streams
        self._config = config
        self._converters = converters
        self._plugins = plugins
        self._now = now
        self._codecs = {
            serializer_id: serializer.codec(converters)
            for serializer_id, serializer in accepted(config, plugins).items()
        }
        self.bulk_finders = {codec.id: codec.find_bulk for codec in self._codecs.values()}
        self._greeting = greeting(
            tuple(codec.name for codec in self._codecs.values()), host.capabilities
        )
        self._invoke = plugins.wrap_invoke(invoke or _call)
        self._plain_invoke = self._invoke is _call
        self.access = AccessControl(config, plugins, now, policy)
        self._guards = self.access.guards
        self._lookup = Lookup(self.access, host.find_late)
        self._welcome = Welcome(host, registry, plugins, self.access)

    @property
    def stream_readers(self) -> set[Any]:
        """The links of clients that are in the middle of an item stream."""
        return self._streams.readers()

    # The handshake

    def handshake(self, link: Link, request: Message) -> tuple[tuple[Buffer, ...], Verdict]:
        """Return the answer to a CONNECT, and what becomes of the client."""
        codec = self._codec_for(request)
        context = CallContext(self._host, link, request, "", "")
        token = serving.set(context)
        try:
            proof = None
            if (challenge := link.protocol.challenge) is not None:
                proof = self.access.prove(link.peer, challenge, request.annotations)
            elif challenge := self.access.challenge(request.annotations):
                asked = codec.dumps("prove that you know the token")
                return link.protocol.ask_for_proof(request, asked, challenge), Verdict.ASKED
            payload = self._welcome.answer(link.peer, request, codec)
            annotations = self._annotations_for(context)
            if link.peer.is_pyrox:
                annotations = {**(annotations or {}), CAPABILITY_ANNOTATION: self._greeting}
            if proof is not None:
                annotations = {**(annotations or {}), PROOF_ANNOTATION: proof}
            link.protocol.receiver.bulk_finders = self.bulk_finders
            return link.protocol.accept(request, payload, annotations), Verdict.ACCEPTED
        except BaseException as error:  # validation is the user's own code, too
            text = text_of(error, 1000)
            log.info("refused %s in the handshake: %s", link.peer, text)
            reason = codec.dumps(text)
            return link.protocol.reject(request, reason), Verdict.REFUSED
        finally:
            serving.reset(token)

    # A call

    def begin(self, link: Link, request: Message) -> Invocation:
        """Read a request and find what it asks for.

        Raises RemoteProtocolError where not even the serializer is known, else RequestError.
        """
        codec = self._codecs.get(request.serializer_id)
        if codec is None:
            codec = self._codec_for(request)
        try:
            if request.flags & _KEEP_SERIALIZED:
                object_id, method, args, kwargs = read_blob(request, codec)
            else:
                object_id, method, args, kwargs = codec.loads_call(request.payload)
        except BaseException as error:  # converters are the user's own code, too
            # A oneway caller would learn of the closed connection by losing its next call.
            fatal = not (request.flags & Flags.ONEWAY or isinstance(error, SecurityError))
            raise RequestError(unreadable(error, codec), codec, fatal) from error
        if type(request.payload) is memoryview:
            give_back(request.payload)
        try:
            if self._guards:
                self._lookup.guard(link.peer, request, object_id, method, args)
            entry = self._objects.get(object_id)
            if entry is None:
                raise DaemonError(self._registry.unknown(str(object_id)[:200]))
            member = entry.members.get(method)
            if member is None or not member.is_method or request.flags & _BATCH:
                member = self._lookup.special(link.peer, request, entry, method, args)
                if member is None:
                    args = self._lookup.batch(link.peer, entry, args)
            elif not isinstance(args, _SEQUENCES):
                raise SerializeError("malformed call: the arguments are no sequence")
            elif member.requires:
                self.access.check_roles(link.peer, entry.id, member, writing=False)
            if kwargs is not None and type(kwargs) is not dict:
                raise SerializeError("malformed call: the keyword arguments are no map")
        except Exception as error:
            raise RequestError(error, codec, False) from error
        invocation = Invocation(
            self._host, link, request, codec, entry, member, method, args, kwargs
        )
        if request.time_left and "deadline" in link.peer.capabilities:
            invocation.deadline = self._now() + read_time_left(request.time_left)
        return invocation

    def call(self, invocation: Invocation) -> tuple[Buffer, ...] | None:
        """Run the method; return its answer, or None where nobody waits for one.

        Whatever the method raises is answered, too: nothing gets past this.
        """
        token = serving.set(invocation)
        try:
            if invocation.member is None:
                result: Any = run_batch(self._batch(invocation), self._settle)
            else:
                result = self._run(invocation, invocation.member)
            if type(result) not in _VALUES:
                result = self._settle(result)
            return self.finish(invocation, result)
        except BaseException as error:
            return self.fail(invocation, error)
        finally:
            serving.reset(token)

    async def call_async(
        self, invocation: Invocation, passes: type[BaseException]
    ) -> tuple[Buffer, ...] | None:
        """Do the same, and await what the method returns, if that is to be awaited.

        What ``passes`` is raised here: that the call was cancelled is no answer of the method's.
        """
        token = serving.set(invocation)
        try:
            if invocation.member is None:
                result: Any = await run_batch_async(self._batch(invocation))
            else:
                result = self._run(invocation, invocation.member)
                if type(result) not in _VALUES and isawaitable(result):
                    result = await result
            return self.finish(invocation, result)
        except passes:
            raise
        except StopAsyncIteration as error:  # what a coroutine raises in place of the other one
            return self.fail(invocation, StopIteration(*error.args))
        except BaseException as error:
            return self.fail(invocation, error)
        finally:
            serving.reset(token)

    def _run(self, invocation: Invocation, member: Member) -> Any:
        """Return what the method returns, or the attribute."""
        target = invocation.entry.fixed
        if target is None:
            target = self._target(invocation)
        if not member.is_method:
            return _use_attribute(target, member.name, invocation)
        function = getattr(target, invocation.method)
        if self._plain_invoke:
            return function(*invocation.args, **(invocation.kwargs or {}))
        return self._invoke(invocation, function, invocation.args, invocation.kwargs or {})

    def _target(self, invocation: Invocation) -> Any:
        """Return what serves a call that is not for a registered object itself."""
        entry = invocation.entry
        if self._instance_for is not None and entry.instancing is not None:
            return self._instance_for(invocation, entry.cls)
        return self._registry.instance(entry, invocation.connection.instances)

    def _batch(self, invocation: Invocation) -> Generator[Any, Any, list[Any]]:
        """Make the calls of a batch; a result that is no plain value is yielded, to be settled."""
        entry, calls = invocation.entry, invocation.args
        target = entry.fixed
        if target is None:
            target = self._target(invocation)
        functions = {name: getattr(target, name) for name in {call[0] for call in calls}}
        invoke = None if self._plain_invoke else self._invoke
        results: list[Any] = []
        for name, args, kwargs in calls:
            invocation.method = name
            try:
                if invoke is None:
                    result = functions[name](*args, **kwargs)
                else:
                    result = invoke(invocation, functions[name], args, kwargs)
            except BaseException as error:
                results.append(self._failed_in_batch(invocation, args, kwargs, error))
                break
            if type(result) not in _VALUES:
                try:
                    result = yield result
                    if is_iterator(result):
                        raise ProtocolError("a generator or iterator cannot be returned in a batch")
                except GeneratorExit:
                    raise
                except BaseException as error:
                    results.append(self._failed_in_batch(invocation, args, kwargs, error))
                    break
            results.append(result)
        return results

    def _failed_in_batch(
        self, invocation: Invocation, args: Any, kwargs: Any, error: BaseException
    ) -> dict[str, Any]:
        """Return what stands for a result that is an exception."""
        invocation.args, invocation.kwargs = args, kwargs
        plain = self._writable_exception(invocation, self._note_failure(invocation, error))
        return {"__class__": "Pyro5.core._ExceptionWrapper", "exception": plain}

    def finish(self, invocation: Invocation, result: Any) -> tuple[Buffer, ...] | None:
        """Return the answer that carries ``result``; raises where that cannot travel."""
        request = invocation.request
        flags = request.flags
        if flags & _ONEWAY:
            return None
        if type(result) not in _VALUES and is_iterator(result):
            return self._start_stream(invocation, result)
        try:
            payload = invocation.codec.dumps(result)
        except PyroxError:
            raise
        except Exception as error:
            name = invocation.codec.name
            raise SerializeError(f"the result cannot be sent with {name}: {error}") from error
        annotations = None
        if invocation._response_annotations or self._annotates is not None:
            annotations = self._annotations_for(invocation)
        return invocation.connection.protocol.reply(  # type: ignore[no-any-return]
            request, payload, flags & _BATCH, annotations
        )

    def _start_stream(self, invocation: Invocation, iterator: Any) -> tuple[Buffer, ...]:
        link = invocation.connection
        annotations = dict(self._annotations_for(invocation) or {})
        if self._config.item_streaming:
            stream_id = self._streams.add(iterator, link, self._now())
            annotations[STREAM_ANNOTATION] = stream_id.encode("ascii")
        plain = {
            "__class__": "Pyro5.errors.ProtocolError",
            "__exception__": True,
            "args": (_ITERATOR_REPLY,),
            "attributes": {"_pyroTraceback": None},
        }
        payload = invocation.codec.dumps(plain)
        flags = Flags.ITEM_STREAM | Flags.EXCEPTION
        return link.protocol.reply(  # type: ignore[no-any-return]
            invocation.request, payload, flags, annotations
        )

    # Failures

    def fail(self, invocation: Invocation, error: BaseException) -> tuple[Buffer, ...] | None:
        """Return the answer that carries an exception, or None where nobody waits for one."""
        error = self._note_failure(invocation, error)
        if invocation.request.flags & Flags.ONEWAY:
            return None
        plain = self._plain_exception(invocation, error)
        try:
            annotations = self._annotations_for(invocation)
        except BaseException:
            annotations = None  # they are what failed, as a rule
        return self._exception_reply(
            invocation.connection,
            invocation.request,
            invocation.codec,
            plain,
            error,
            annotations,
        )

    def refuse(
        self, link: Link, request: Message, problem: RequestError
    ) -> tuple[Buffer, ...] | None:
        """Return the answer to a request that could not be begun."""
        log.info("refused a request of %s: %s", link.peer, problem.error)
        if request.flags & Flags.ONEWAY:
            return None
        error = problem.error
        if isinstance(error, CommunicationError):
            error.outcome = Outcome.NOT_SENT
        plain = exception_to_plain(error, [f"{type(error).__name__}: {error}\n"],
                                   for_pyro5=not link.peer.is_pyrox)  # fmt: skip
        return self._exception_reply(link, request, problem.codec, plain, error, None)

    def overloaded(
        self, link: Link, request: Message, reason: str = ""
    ) -> tuple[Buffer, ...] | None:
        """Return the answer to a request for which there is no room."""
        config = self._config
        error = OverloadedError(
            reason
            or f"the daemon is overloaded: {config.max_calls} calls are running and "
            f"{config.max_queued_calls} are waiting; this one was not started, try again later"
        )
        return self.refuse(link, request, RequestError(error, self._codec_for(request), False))

    def _exception_reply(
        self,
        link: Link,
        request: Message,
        codec: Codec,
        plain: dict[str, Any],
        error: BaseException,
        annotations: Mapping[str, Buffer] | None,
    ) -> tuple[Buffer, ...]:
        try:
            payload = codec.dumps(plain)
            return link.protocol.reply(request, payload, Flags.EXCEPTION, annotations)
        except BaseException as problem:
            room = min(self._config.max_message_size // 8, STAND_IN_SIZE)
            payload = codec.dumps(stand_in(plain, error, problem, room))
            return link.protocol.reply(request, payload, Flags.EXCEPTION)

    def _plain_exception(self, invocation: Invocation, error: BaseException) -> dict[str, Any]:
        return failure_to_plain(
            error,
            self._converters,
            for_pyro5=not invocation.peer.is_pyrox,
            detailed=self._config.detailed_traceback,
        )

    def _writable_exception(self, invocation: Invocation, error: BaseException) -> dict[str, Any]:
        """Return an exception's form that is sure not to spoil the results around it."""
        plain = self._plain_exception(invocation, error)
        try:
            invocation.codec.dumps(plain)
        except BaseException as problem:
            return stand_in(plain, error, problem)
        return plain

    def _note_failure(self, invocation: Invocation, error: BaseException) -> BaseException:
        """Tell of a method's exception; return the one that the caller is to see."""
        if invocation.member is not None and invocation.member.callback:
            log.warning(
                "callback %s of %s failed: %s",
                invocation.method,
                invocation.object_id,
                text_of(error, 1000),
                exc_info=error,
            )
        try:
            return self._host.method_failed(invocation, error) or error
        except BaseException:
            log.exception("method_failed of the daemon failed itself")
            return error

    def _annotations_for(self, context: CallContext) -> Mapping[str, Buffer] | None:
        own = self._annotates() if self._annotates is not None else {}
        given = context._response_annotations
        if given:
            return {**given, **own}
        return own or None

    def _codec_for(self, request: Message) -> Codec:
        codec = self._codecs.get(request.serializer_id)
        if codec is None:
            known = ", ".join(f"{known.id} {known.name}" for known in self._codecs.values())
            raise RemoteProtocolError(
                f"unknown serializer id {request.serializer_id} (this daemon reads {known})"
            )
        return codec


def _use_attribute(target: Any, name: str, invocation: Invocation) -> Any:
    if invocation.method == GET_ATTRIBUTE:
        return getattr(target, name)
    return setattr(target, name, invocation.args[1])

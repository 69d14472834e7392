"""Finding plugins, once, and keeping tables of what they offer.

Nothing is looked for at import: the first transport, serializer or resolver that somebody asks
for loads the entry points of the group ``pyrox``. A plugin that fails to load is reported, once,
and leaves the others alone.
"""

from __future__ import annotations

import logging
import traceback
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import pluggy

from . import hookspecs
from .contracts.command import Argument, Command, Option
from .contracts.converters import default_converters
from .contracts.resolver import Resolver
from .contracts.serializer import Serializer
from .contracts.storage import Storage
from .contracts.transport import Transport
from .errors import PluginError
from .values.spelling import nearest

__all__ = ["PluginInfo", "Plugins", "installed_plugins"]

log = logging.getLogger("pyrox.plugins")
T = TypeVar("T")
Names = Callable[[Any], Sequence[str]]

GROUP = "pyrox"
_PROGRAM = "pyrox-cli"
_HOME = {"PYRONAME": "pyrox-nameserver", "PYROMETA": "pyrox-nameserver"}
for _name in ("tcp", "tls", "unix", "memory", "serpent", "json", "marshal", "msgpack"):
    _HOME[_name] = f"pyrox-{_name}"


class PluginInfo(NamedTuple):
    """One entry point. ``error`` is the traceback where it failed to load, else empty."""

    name: str
    distribution: str
    version: str
    module: str
    hooks: tuple[str, ...] = ()
    error: str = ""


class Plugins:
    """The plugins of one process and what they offer.

    ``entry_points`` are those to load; by default the installed ones of the group ``pyrox``.

    A name that two plugins claim belongs to neither: whoever asks for it is told of both, and all
    others go on. Only the commands of the ``pyrox`` program itself stay. ``conflicts`` has these
    messages by kind and name.
    """

    def __init__(self, entry_points: Iterable[Any] | None = None) -> None:
        self._derived: weakref.WeakSet[Plugins] = weakref.WeakSet()
        self.manager = pluggy.PluginManager("pyrox")
        self.manager.add_hookspecs(hookspecs)
        self.infos: list[PluginInfo] = []
        self.conflicts: dict[str, dict[str, str]] = {}
        self._homes: dict[int, str] = {}
        for entry_point in _installed_entry_points() if entry_points is None else entry_points:
            self._load(entry_point)

    def _load(self, entry_point: Any) -> None:
        name, version = _distribution(entry_point)
        hooks: tuple[str, ...] = ()
        error = ""
        if (taken := self._info(entry_point.name)) is not None:
            if (taken.distribution, taken.module) == (name, entry_point.value):
                return  # one distribution, found twice on sys.path
            error = (
                f"the plugin name {entry_point.name!r} is claimed by {taken.distribution} and by "
                f"{name}: uninstall one of them"
            )
            log.warning("%s", error)
            self._take_back(taken, error)
        if not error or name == _PROGRAM:
            try:
                hooks = self.register(entry_point.load(), entry_point.name)
            except KeyboardInterrupt:
                raise
            except BaseException as problem:  # some exit, or panic in another language
                error = traceback.format_exc()
                _warn(entry_point.name, problem)
        self.infos.append(
            PluginInfo(entry_point.name, name, version, entry_point.value, hooks, error)
        )

    def _report(self, name: str, problem: BaseException) -> None:
        """Note that a plugin which was loaded failed in a hook."""
        _warn(name, problem)
        error = "".join(traceback.format_exception(problem))
        for number, info in enumerate(self.infos):
            if info.name == name and error not in info.error:
                self.infos[number] = info._replace(error=info.error + error)

    def _take_back(self, info: PluginInfo, error: str) -> None:
        """Leave out a plugin whose name another one claims: which came first is chance."""
        plugin = self.manager.get_plugin(info.name)
        if plugin is not None and info.distribution != _PROGRAM:
            self.manager.unregister(plugin)
            self.infos[self.infos.index(info)] = info._replace(error=error)
            self._forget_tables()

    def _info(self, name: str) -> PluginInfo | None:
        return next((info for info in self.infos if info.name == name), None)

    def register(self, plugin: Any, name: str | None = None) -> tuple[str, ...]:
        """Add a plugin that is at hand, without an entry point; return the hooks it has."""
        if self.manager.is_registered(plugin):
            raise ValueError(f"it is already registered, as {self.manager.get_name(plugin)!r}")
        try:
            self.manager.register(plugin, name=name)
            self._check_hooks(plugin)
            for implementation in self.manager.hook.pyrox_register_converters.get_hookimpls():
                if implementation.plugin is plugin:
                    implementation.function(default_converters)
        except BaseException:
            if self.manager.is_registered(plugin):  # by the hooks that are fine
                self.manager.unregister(plugin)
            raise
        self._forget_tables()
        return tuple(caller.name for caller in self.manager.get_hookcallers(plugin) or ())

    def _check_hooks(self, plugin: Any) -> None:
        """Refuse hooks that there are not: most are misspelt."""
        for caller in self.manager.get_hookcallers(plugin) or ():
            if caller.has_spec():
                continue
            if any(i.plugin is plugin and not i.optionalhook for i in caller.get_hookimpls()):
                hooks = [hook for hook in vars(hookspecs) if hook.startswith("pyrox_")]
                near = nearest(caller.name, hooks)
                hint = f"did you mean {near}?" if near else "see docs/reference/plugins.md"
                raise PluginError(
                    f"it implements {caller.name}, and this pyrox has no such hook: {hint} "
                    "(hookimpl(optionalhook=True) is for hooks of other versions)"
                )

    def replacing(
        self,
        *,
        transports: Mapping[str, Transport] | None = None,
        serializers: Iterable[Serializer] = (),
    ) -> Plugins:
        """Return the same plugins with some transports and serializers replaced, or added.

        A daemon or proxy that is made with these plugins uses them so; nobody else does. A
        transport may serve a scheme that is not its own: ``replacing(transports={"tcp": tls})``
        gives those who are asked for plain ``PYRO:`` URIs TLS. A serializer takes the place of the
        one with its name.
        """
        return _Derived(self, dict(transports or {}), {s.name: s for s in serializers})

    def _forget_tables(self) -> None:
        for table in _TABLES:
            self.__dict__.pop(table, None)
        for derived in list(self._derived):
            derived._forget_tables()

    @cached_property
    def transports(self) -> dict[str, Transport]:
        """All transports by scheme."""
        return self._table("transport", Transport, lambda t: [t.scheme])

    @cached_property
    def serializers(self) -> dict[str, Serializer]:
        """All serializers by name."""
        table = self._table("serializer", Serializer, _serializer_names)
        rivals: dict[int, list[Serializer]] = {}
        for serializer in table.values():
            rivals.setdefault(serializer.id, []).append(serializer)
        for number, several in rivals.items():
            if len(several) > 1:
                claims = " and ".join(f"{s.name!r} ({self._homes[id(s)]})" for s in several)
                problem = f"the serializers {claims} claim the same id {number}: uninstall one"
                self._note_conflict("serializer", [s.name for s in several], problem)
                for serializer in several:
                    del table[serializer.name]
        return table

    @cached_property
    def serializers_by_id(self) -> dict[int, Serializer]:
        """All serializers by the id they have on the wire."""
        return {serializer.id: serializer for serializer in self.serializers.values()}

    @cached_property
    def ranked(self) -> list[Serializer]:
        """All serializers, the most preferred ones first."""
        return sorted(self.serializers.values(), key=lambda s: (-s.preference, s.name))

    @cached_property
    def resolvers(self) -> dict[str, Resolver]:
        """All resolvers by the URI schemes that they resolve."""
        return self._table("resolver", Resolver, lambda r: r.schemes)

    @cached_property
    def storages(self) -> dict[str, Storage]:
        """All storages of the name server by name."""
        return self._table("storage", Storage, lambda s: [s.name])

    @cached_property
    def commands(self) -> dict[str, Command]:
        """All subcommands by what the user types."""
        return self._table("command", Command, _command_paths)

    def transport(self, scheme: str) -> Transport:
        """Return the transport for ``scheme``; PluginError says what to install."""
        return self._find(self.transports, scheme, "transport")

    def serializer(self, name: str) -> Serializer:
        """Return the serializer called ``name``; PluginError says what to install."""
        return self._find(self.serializers, name, "serializer")

    def resolver(self, scheme: str) -> Resolver:
        """Return the resolver for URIs with ``scheme``; PluginError says what to install."""
        return self._find(self.resolvers, scheme, "resolver")

    def wrap_invoke(self, invoke: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``invoke`` inside whatever the plugins put around it."""
        for implementation in self.manager.hook.pyrox_wrap_invoke.get_hookimpls():
            try:
                wrapped: Any = implementation.function(invoke)
                if not (wrapped is None or callable(wrapped)):
                    raise TypeError(f"it returned {wrapped!r}, which cannot be called")
            except Exception as problem:
                # It may be there to refuse calls: no daemon is to go without it, unnoticed.
                name = implementation.plugin_name
                raise PluginError(f"{name!r} failed in pyrox_wrap_invoke: {problem}") from problem
            invoke = invoke if wrapped is None else wrapped
        return invoke

    def _find(self, table: dict[str, T], name: str, kind: str) -> T:
        try:
            return table[name]
        except KeyError:
            pass
        if name in self.conflicts.get(kind, ()):
            raise PluginError(self.conflicts[kind][name])
        installed = ", ".join(sorted(table)) or "none"
        home = _HOME.get(name)
        advice = f"pip install {home}" if home else f"install the distribution that offers {name!r}"
        broken = [info for info in self.infos if info.error and info.name == name]
        if len(broken) > 1:
            raise PluginError(broken[0].error)
        if broken:
            advice = f"{broken[0].distribution} is installed but broken, see `pyrox plugins`"
        elif not table and home is None:
            advice = 'pip install "pyrox-core[standard]"'
        raise PluginError(f"no {kind} {name!r} here (installed: {installed}); {advice}")

    def _table(self, noun: str, kind: type[T], names: Names) -> dict[str, T]:
        asking = (id(self), noun)
        if asking in _asked.get():
            raise PluginError(f"it asks for a {noun} while it is asked for its own; do so later")
        token = _asked.set((*_asked.get(), asking))
        try:
            claims = self._claims(noun, kind, names)
        finally:
            _asked.reset(token)
        for name, rivals in claims.items():
            if len(rivals) > 1:
                who = " and by ".join(self._homes[id(item)] for item in rivals)
                problem = f"the {noun} {name!r} is claimed by {who}: uninstall one of them"
                self._note_conflict(noun, [name], problem)
                claims[name] = [item for item in rivals if self._homes[id(item)] == _PROGRAM][:1]
        return {name: items[0] for name, items in claims.items() if items}

    def _claims(self, noun: str, kind: type[T], names: Names) -> dict[str, list[T]]:
        """Return what the plugins offer under each name, without what would break others."""
        claims: dict[str, list[T]] = {}
        for implementation in getattr(self.manager.hook, f"pyrox_register_{noun}").get_hookimpls():
            try:
                offered = implementation.function()
                items = offered if type(offered) in (list, tuple) else [offered]
                named = [(name, item) for item in items for name in _checked(item, kind, names)]
            except (Exception, SystemExit) as problem:
                self._report(implementation.plugin_name, problem)
                continue
            info = self._info(implementation.plugin_name)
            for name, item in named:
                self._homes[id(item)] = info.distribution if info else _package(item)
                if not any(item is other for other in claims.setdefault(name, [])):
                    claims[name].append(item)
        return claims

    def _note_conflict(self, kind: str, names: Iterable[str], problem: str) -> None:
        known = self.conflicts.setdefault(kind, {})
        if problem not in known.values():
            log.warning("%s", problem)
        known.update(dict.fromkeys(names, problem))


_TABLES = [name for name, value in vars(Plugins).items() if isinstance(value, cached_property)]
_asked: ContextVar[tuple[tuple[int, str], ...]] = ContextVar("asked", default=())


class _Derived(Plugins):
    """Plugins that differ from others in some transports and serializers."""

    def __init__(
        self,
        original: Plugins,
        transports: dict[str, Transport],
        serializers: dict[str, Serializer],
    ) -> None:
        self._derived = weakref.WeakSet()
        self._original = original
        self._transports = transports
        self._serializers = serializers
        self.manager = original.manager
        original._derived.add(self)

    @property
    def infos(self) -> list[PluginInfo]:  # type: ignore[override]
        return self._original.infos

    @property
    def conflicts(self) -> dict[str, dict[str, str]]:  # type: ignore[override]
        return self._original.conflicts

    def register(self, plugin: Any, name: str | None = None) -> tuple[str, ...]:
        return self._original.register(plugin, name)

    @cached_property
    def transports(self) -> dict[str, Transport]:
        return {**self._original.transports, **self._transports}

    @cached_property
    def serializers(self) -> dict[str, Serializer]:
        return {**self._original.serializers, **self._serializers}

    def _table(self, noun: str, kind: type[T], names: Names) -> dict[str, T]:
        return self._original._table(noun, kind, names)


def _installed_entry_points() -> Iterable[Any]:
    # Imported here, since it takes longer than all the rest of pyrox: only programs that come to
    # use a plugin pay for it.
    from importlib import metadata

    return metadata.entry_points(group=GROUP)


def _distribution(entry_point: Any) -> tuple[str, str]:
    """Return name and version of the distribution that a plugin is in."""
    try:
        return entry_point.dist.name or "?", entry_point.dist.version or "?"
    except Exception:  # there is none, or what pip wrote of it is damaged
        return "?", "?"


def _checked(item: Any, kind: type[Any], names: Names) -> Sequence[str]:
    """Return the names that an offer claims; PluginError for one that would break others."""
    if isinstance(item, type) or not isinstance(item, kind):
        wanted = f"pyrox.{kind.__name__}"
        raise PluginError(f"it offered {item!r}; it must return a {wanted}")
    found = names(item)
    if isinstance(found, str) or not all(isinstance(n, str) and n.strip() for n in found):
        raise PluginError(f"it offered {item!r} under {found!r}, where names are wanted")
    return found


def _serializer_names(item: Serializer) -> list[str]:
    if not (isinstance(item.id, int) and 0 < item.id < 256):
        raise PluginError(f"the id of {item!r} is no number from 1 to 255")
    if not isinstance(item.preference, int | float):
        raise PluginError(f"the preference of {item!r} is no number: {item.preference!r}")
    return [item.name]


def _command_paths(item: Command) -> list[str]:
    texts = (item.path, item.target, item.help)
    wrong = [repr(text) for text in texts if not isinstance(text, str)]
    for declared in item.parameters:
        known = isinstance(declared, Argument | Option) and callable(declared.type)
        if not (known and declared.name.replace("-", "_").isidentifier()):
            wrong.append(repr(declared))
    if wrong:
        raise PluginError(f"the command {item.path!r} is declared with {', '.join(wrong)}")
    return [item.path]


def _warn(name: str, problem: BaseException) -> None:
    # On one line, whatever the message is; there are some that cannot even be made.
    text = " ".join(str(traceback.TracebackException.from_exception(problem)).split())
    text = f"{type(problem).__name__}: {text}"
    log.warning("plugin %r is broken and left out: %s (`pyrox plugins` shows more)", name, text)


def _package(item: object) -> str:
    module = item.target.partition(":")[0] if isinstance(item, Command) else type(item).__module__
    return module.partition(".")[0].replace("_", "-")


_installed: Plugins | None = None


def installed_plugins() -> Plugins:
    """Return the plugins of this process, loading them when first asked."""
    global _installed
    if _installed is None:
        _installed = Plugins()
    return _installed

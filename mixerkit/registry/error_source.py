"""Whose fault an error is: a plugin's, if its code was running when it was raised.

A plugin's code runs everywhere: while settings are validated, models built and counted, clips listed, at every step of a
training. So nothing is wrapped and nothing caught on the way. At the doors of the kit (the command line, loading a recipe,
building and describing a model) an error is looked at once: where a plugin's code stands in its traceback, it becomes an error
about that plugin, SystemExit included. All others go on as they are: they are bugs of ours.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mixerkit.errors import MixerkitError, PluginError, Problem
from mixerkit.registry.kinds import Plugin
from mixerkit.registry.plugins import plugin_of

NOBODYS = (MixerkitError, KeyboardInterrupt, GeneratorExit, MemoryError, BrokenPipeError)
"""What says by itself whose matter it is. torch's OutOfMemoryError is known by its name: this room knows no torch."""


@contextmanager
def attribute_errors(suspect: str = "") -> Iterator[None]:
    """Turn errors of plugins into errors that name the plugin.

    Args:
        suspect: whose fault an error is that no plugin's code stands in; "": ours.

    Raises:
        PluginError: a plugin's code raised.
    """
    try:
        yield
    except NOBODYS:
        raise
    except BaseException as error:
        message = None if type(error).__name__ == "OutOfMemoryError" else error_source(error, suspect)
        if message is None:
            raise
        raise message from error


def error_source(error: BaseException, suspect: str = "") -> PluginError | None:
    """The error about the plugin that raised ``error``, or None where no plugin did."""
    text = str(error).partition("\n")[0]
    walked = traceback.walk_tb(error.__traceback__)
    own = [(plugin, frame, line) for frame, line in walked if (plugin := plugin_of(str(frame.f_globals.get("__name__"))))]
    if own:
        plugin, frame, line = own[-1]
        where = f"{_kind(plugin, [frame for _, frame, _ in own])}, plugin {plugin.name!r} ({plugin.source})"
        got = f"{type(error).__name__} in {frame.f_code.co_qualname}, at {frame.f_code.co_filename}, line {line}: {text}"
        return PluginError(Problem(where, got, hint="The plugin's own code raised this; mend it there."))
    if suspect:
        got = f"{type(error).__name__} when what it builds was tried on a small batch: {text}"
        return PluginError(Problem(suspect, got, hint="The plugin brings it; mend it there."))
    return None


def _kind(plugin: Plugin, frames: list[FrameType]) -> str:
    """The kind whose settings were asked, innermost first; a module's forward may be of any kind that its plugin brings."""
    for frame in reversed(frames):
        owner = frame.f_locals.get("self", frame.f_locals.get("cls"))
        for (noun, kind), spec in plugin.kinds.items():
            if spec in (owner, type(owner)):
                return f"{noun} {kind!r}"
    return " or ".join(f"{noun} {kind!r}" for noun, kind in plugin.kinds)

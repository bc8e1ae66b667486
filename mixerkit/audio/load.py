"""From rows to waves: every clip's samples out of the store, and what was found of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.store import open_store
from mixerkit.audio.verdict import Found
from mixerkit.audio.waves import Waves
from mixerkit.datasets import Clip, Progress


@dataclass(frozen=True)
class Loaded:
    """The waves of the usable clips; what was found of each clip, in their order; what to say of the cache, if anything."""

    waves: Waves
    found: tuple[Found, ...]
    note: str = ""


def load(
    clips: Sequence[Clip],
    contents: Sequence[str],
    audio: AudioSpec,
    shortest: int,
    on_progress: Progress = lambda done, total: None,
) -> Loaded:
    """Decode, or find decoded. What cannot be used is left out of the waves; whether that may be, verdict.assess decides.

    Args:
        contents: names of what the clips hold, as fingerprint.contents gives them.
        shortest: samples below which a recording gives no frame.

    Raises:
        DataError: the cache cannot be used.
    """
    store = open_store(dict(zip(contents, clips, strict=True)), audio, shortest, on_progress)
    kept = [store.kept.get(name) for name in contents]
    found = tuple(
        Found(name, store.bad[name]) if one is None else Found(name, "", one.peak, one.beyond)
        for name, one in zip(contents, kept, strict=True)
    )
    usable = tuple(clip for clip, one in zip(clips, kept, strict=True) if one is not None)
    spans = torch.tensor([one[:2] for one in kept if one is not None], dtype=torch.int64).reshape(-1, 2)
    return Loaded(Waves(usable, store.samples, spans[:, 0], spans[:, 1], audio.samples, audio.crop), found, store.note)

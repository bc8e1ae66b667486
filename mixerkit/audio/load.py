"""From rows to waves: every clip's samples out of the store, and what becomes of those that cannot be used."""

from collections.abc import Sequence
from pathlib import Path

import torch

from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.store import open_store
from mixerkit.audio.waves import Waves
from mixerkit.datasets import Clip, Progress, cache_folder
from mixerkit.errors import DataError, Problem

SHOWN = 12


def load(
    clips: Sequence[Clip],
    digests: Sequence[str],
    audio: AudioSpec,
    shortest: int,
    on_progress: Progress = lambda done, total: None,
) -> tuple[Waves, list[Problem]]:
    """The waves of all usable clips, and why the others are left out.

    Args:
        digests: of the clips' files.
        shortest: samples below which a recording gives no frame.

    Raises:
        DataError: files cannot be used, each named with its reason, and audio.on_bad_audio does not let them pass.
    """
    files: dict[str, Path] = {digest: clip.path for digest, clip in zip(digests, clips, strict=True)}
    store = open_store(files, audio, shortest, on_progress)
    bad = [
        Problem(str(clip.path), f"This recording cannot be used: {store.bad[digest]}.")
        for digest, clip in zip(digests, clips, strict=True)
        if digest in store.bad
    ]
    _refuse_too_many(bad, len(clips), audio)
    good = [(digest, clip) for digest, clip in zip(digests, clips, strict=True) if digest in store.spans]
    spans = torch.tensor([store.spans[digest] for digest, _ in good], dtype=torch.int64).reshape(-1, 2)
    usable = tuple(clip for _, clip in good)
    return Waves(usable, store.samples, spans[:, 0], spans[:, 1], audio.samples, audio.crop), bad


def _refuse_too_many(bad: Sequence[Problem], total: int, audio: AudioSpec) -> None:
    if not bad or (audio.on_bad_audio == "skip" and len(bad) <= audio.max_bad_fraction * total):
        return
    hint = "Mend or remove them, or leave them out with --set audio.on_bad_audio=skip"
    if audio.on_bad_audio == "skip":
        hint = f"That is more than audio.max_bad_fraction, {audio.max_bad_fraction:g}: mend or remove them"
    made = cache_folder()
    if any(Path(problem.where).is_relative_to(made) for problem in bad):
        hint = f"The package made them: delete {made}, and it makes them again"
    more = f", {len(bad) - SHOWN} more not shown" if len(bad) > SHOWN else ""
    got = f"{len(bad)} of {total} recordings cannot be used{more}."
    raise DataError(*bad[:SHOWN], Problem("audio", got, hint=f"{hint}."))

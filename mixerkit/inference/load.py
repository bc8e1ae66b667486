"""A trained run's model and front end, ready to use."""

from typing import Literal

from mixerkit.assembly import build_front_end, build_model
from mixerkit.errors import Problem, UsageError
from mixerkit.features import FrontEnd
from mixerkit.model import MixerModel
from mixerkit.rundir import BEST, RunDir, load_weights, refuse_foreign, refuse_mismatch


def load_model(run: RunDir) -> MixerModel:
    """The model with the weights of the best epoch, in evaluation mode: spectrograms ``[B, C, M, S]`` -> logits ``[B, K]``.

    Raises:
        UsageError: no epoch is finished yet.
        DataError: the weights are damaged, or not this run's.
    """
    path = run.checkpoints / BEST
    if not path.is_file():
        raise UsageError(Problem(str(run.path), "No epoch of this run is finished, so it has no weights yet."))
    weights, about = load_weights(path)
    model = build_model(run.recipe, len(run.labels()))
    refuse_mismatch(path, weights, model.state_dict())
    refuse_foreign(path, about.get("run"), run.identity())
    model.load_state_dict(weights)
    return model.eval()


def load_front_end(run: RunDir) -> FrontEnd:
    """The front end with the run's statistics: waveforms ``[B, L]``, lengths ``[B]`` -> spectrograms, valid frames."""
    front_end = build_front_end(run.recipe)
    front_end.set_statistics(run.statistics())
    return front_end


def device_here(run: RunDir) -> Literal["auto", "cpu"]:
    """Where to compute now: also a machine without the GPU that a run was trained on will do."""
    return "cpu" if run.recipe.runner.device == "cpu" else "auto"

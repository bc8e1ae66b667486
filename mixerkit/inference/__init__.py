"""What is done with a trained run: evaluate, predict, influence."""

from mixerkit.inference.evaluate import evaluate
from mixerkit.inference.influence import draw, influence, influences
from mixerkit.inference.load import load_front_end, load_model
from mixerkit.inference.predict import Prediction, predict
from mixerkit.inference.recordings import Recording

__all__ = ["Prediction", "Recording", "draw", "evaluate", "influence", "influences", "load_front_end", "load_model", "predict"]

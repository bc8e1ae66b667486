"""Data sets, one per file: a layout on disk -> rows (path, label, split?, fold?, group?). Importing this room registers all."""

from mixerkit.datasets import casia, folder, ravdess, speech_commands, synthetic_events, urbansound8k
from mixerkit.datasets.base import DATASETS, SPLITS, Clip, Dataset, DatasetSpec, Division, Folds, Shares, Split, dataset
from mixerkit.datasets.cache import cache_folder, made_once

__all__ = [
    "DATASETS",
    "SPLITS",
    "Clip",
    "Dataset",
    "DatasetSpec",
    "Division",
    "Folds",
    "Shares",
    "Split",
    "cache_folder",
    "casia",
    "dataset",
    "folder",
    "made_once",
    "ravdess",
    "speech_commands",
    "synthetic_events",
    "urbansound8k",
]

"""Data sets, one per file: a layout on disk -> rows (path, label, split?, fold?, group?). Importing this room registers all."""

from mixerkit.datasets import casia, esc50, folder, ravdess, speech_commands, synthetic_events, table, tensors, urbansound8k
from mixerkit.datasets.base import (
    DATASETS,
    SPLITS,
    Clip,
    Dataset,
    DatasetSpec,
    Division,
    Folds,
    Progress,
    Shares,
    Split,
    dataset,
    fold_misfits,
    protocol,
)
from mixerkit.datasets.cache import cache_folder, made_once

__all__ = [
    "DATASETS",
    "SPLITS",
    "Clip",
    "Dataset",
    "DatasetSpec",
    "Division",
    "Folds",
    "Progress",
    "Shares",
    "Split",
    "cache_folder",
    "casia",
    "dataset",
    "esc50",
    "fold_misfits",
    "folder",
    "made_once",
    "protocol",
    "ravdess",
    "speech_commands",
    "synthetic_events",
    "table",
    "tensors",
    "urbansound8k",
]

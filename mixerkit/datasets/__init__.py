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
    Fractions,
    Progress,
    Split,
    check_fold,
    dataset,
    protocol,
)
from mixerkit.datasets.cache import cache_folder, made_once
from mixerkit.datasets.spoken import Speaking, speak

__all__ = [
    "DATASETS",
    "SPLITS",
    "Clip",
    "Dataset",
    "DatasetSpec",
    "Division",
    "Folds",
    "Fractions",
    "Progress",
    "Speaking",
    "Split",
    "cache_folder",
    "casia",
    "check_fold",
    "dataset",
    "esc50",
    "folder",
    "made_once",
    "protocol",
    "ravdess",
    "speak",
    "speech_commands",
    "synthetic_events",
    "table",
    "tensors",
    "urbansound8k",
]

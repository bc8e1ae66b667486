"""Data sets, one per file: a layout on disk -> rows (path, label, split?, fold?, group?). Importing this room registers all."""

from mixerkit.datasets import (
    casia,
    emodb,
    esc10,
    esc50,
    folder,
    fsdd,
    huggingface,
    ravdess,
    speech_commands,
    synthetic_events,
    table,
    tensors,
    urbansound8k,
)
from mixerkit.datasets.base import DATASETS, Clip, Dataset, DatasetSpec, Progress, check_fold, dataset, protocol
from mixerkit.datasets.cache import cache_folder, made_once
from mixerkit.datasets.files import no_file
from mixerkit.datasets.folds import SPLITS, Division, FoldName, Folds, Fractions, Split, fold_key, natural_order
from mixerkit.datasets.labels import label_notes
from mixerkit.datasets.spoken import Speaking, speak

__all__ = [
    "DATASETS",
    "SPLITS",
    "Clip",
    "Dataset",
    "DatasetSpec",
    "Division",
    "FoldName",
    "Folds",
    "Fractions",
    "Progress",
    "Speaking",
    "Split",
    "cache_folder",
    "casia",
    "check_fold",
    "dataset",
    "emodb",
    "esc10",
    "esc50",
    "fold_key",
    "folder",
    "fsdd",
    "huggingface",
    "label_notes",
    "made_once",
    "natural_order",
    "no_file",
    "protocol",
    "ravdess",
    "speak",
    "speech_commands",
    "synthetic_events",
    "table",
    "tensors",
    "urbansound8k",
]

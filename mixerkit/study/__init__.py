"""Recipes x overlays x seeds x folds: planned first, run trial by trial, summed up in one table with the published numbers."""

from mixerkit.study.folder import State
from mixerkit.study.plan import Plan, Trial, plan_study
from mixerkit.study.render import COLUMNS, notes, shown
from mixerkit.study.run import StudyIncomplete, run_study
from mixerkit.study.statistics import standard_error
from mixerkit.study.study import Study
from mixerkit.study.table import MAIN, METRICS, Line, Table

__all__ = [
    "COLUMNS",
    "MAIN",
    "METRICS",
    "Line",
    "Plan",
    "State",
    "Study",
    "StudyIncomplete",
    "Table",
    "Trial",
    "notes",
    "plan_study",
    "run_study",
    "shown",
    "standard_error",
]

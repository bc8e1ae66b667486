"""Recipes x overlays x seeds x folds: planned first, run cell by cell, summed up in one table with the published numbers."""

from mixerkit.study.plan import Cell, Plan, plan_study
from mixerkit.study.report import write_report
from mixerkit.study.run import StudyIncomplete, run_study
from mixerkit.study.study import Study
from mixerkit.study.table import Table

__all__ = ["Cell", "Plan", "Study", "StudyIncomplete", "Table", "plan_study", "run_study", "write_report"]

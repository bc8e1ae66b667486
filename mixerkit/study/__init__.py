"""Recipes x overlays x seeds x folds: planned first, run trial by trial, summed up in one table with the published numbers."""

from mixerkit.report.page import write_report
from mixerkit.study.plan import Plan, Trial, plan_study
from mixerkit.study.run import StudyIncomplete, run_study
from mixerkit.study.study import Study
from mixerkit.study.table import Table

__all__ = ["Plan", "Study", "StudyIncomplete", "Table", "Trial", "plan_study", "run_study", "write_report"]

"""The page of runs and studies; comparison of runs."""

from mixerkit.report.compare import Comparison, compare
from mixerkit.report.page import write_report

__all__ = ["Comparison", "compare", "write_report"]

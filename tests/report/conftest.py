"""A run that several tests look at."""

from tests.runner.conftest import run

__all__ = ["run"]

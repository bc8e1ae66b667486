"""Plots as figures: what was drawn can be asked where it stands."""

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def figures(monkeypatch):
    """The figures that are written, in order."""
    written, savefig = [], Figure.savefig

    def kept(figure, *args, **options):
        written.append(figure)
        savefig(figure, *args, **options)

    monkeypatch.setattr(Figure, "savefig", kept)
    return written

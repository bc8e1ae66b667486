"""A run that several tests look at."""

import pytest

import mixerkit


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One tiny run that is only looked at."""
    from tests.conftest import TINY

    folder = tmp_path_factory.mktemp("trained")
    (folder / "tiny.yaml").write_text(TINY)
    return mixerkit.train(folder / "tiny.yaml", set=["features.augment.time_mask=8"], out=folder / "run")

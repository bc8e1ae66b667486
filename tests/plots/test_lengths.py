"""Lengths, levels, classes: the window is marked, the share beyond it said, and hundreds of classes can still be read."""

from dataclasses import dataclass

import pytest

from mixerkit.plots.lengths import MOST_CLASSES, draw_data
from tests.plots.test_curves_and_confusion import png_size


@dataclass
class Row:
    """As much of a file's facts as the plot asks for."""

    seconds: float = 1.0
    rms_db: float = -20.0
    silent: bool = False
    label: str = "a"
    split: str | None = "train"
    problem: str = ""


@pytest.fixture
def drawn(tmp_path, figures):
    """Draws, and hands out the figure that was written."""

    def draw(rows, window=1.0):
        draw_data(rows, window, tmp_path / "l.png", "a data set")
        assert png_size(tmp_path / "l.png")[0] == 1320
        return figures[-1]

    return draw


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def rows_of(axes):
    return [text.get_text() for text in axes.get_yticklabels()]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [0, 1, 500])
def test_any_number_of_recordings(drawn, count):
    left, _, _ = drawn([Row(seconds=0.1 + i / 100) for i in range(count)]).axes
    assert sum(left.patches[0].get_data().values) == count


@pytest.mark.parametrize(
    ("lengths_", "message"),
    [
        ([0.5, 0.5], "no sound is after it"),
        ([1.0, 1.0], "no sound is after it"),
        ([2.0, 3.0], "60 % of all sound is after it"),
        ([1.0, 2.0, 1.0, 1.0], "20 % of all sound is after it"),
        ([1.005] * 10, "0.5 % of all sound is after it"),
        ([1.0] * 999 + [1.5], "<0.1 % of all sound is after it"),
    ],
)
def test_the_share_of_the_sound_that_is_cropped_is_reported(drawn, lengths_, message):
    left, _, _ = drawn([Row(seconds=length) for length in lengths_]).axes
    assert legend(left) == [f"audio.seconds, 1 s: {message}"]
    assert [line.get_xdata()[0] for line in left.lines] == [1.0]


def test_bars_stand_on_one_another_by_split_the_largest_class_first(drawn):
    rows = [Row(label="few", split="test")] + [Row(label="many", split=split) for split in ("train", "train", "val", "test")]
    _, _, right = drawn(rows).axes
    assert rows_of(right) == ["many", "few"]
    assert legend(right) == ["train", "val", "test"]
    many = [bars[0] for bars in right.containers]
    assert [(bar.get_x(), bar.get_width()) for bar in many] == [(0, 2), (2, 1), (3, 1)]


def test_without_splits_there_is_no_legend_of_them(drawn):
    _, _, right = drawn([Row(split=None)] * 3).axes
    assert right.get_legend() is None
    assert right.containers[0][0].get_width() == 3


def test_levels_are_drawn_and_silence_is_counted(drawn):
    rows = [Row(rms_db=-10.0)] * 3 + [Row(rms_db=-95.0)] + [Row(rms_db=float("-inf"), silent=True)] * 2
    figure = drawn(rows)
    levels = figure.axes[1]
    assert sum(levels.patches[0].get_data().values) == 4
    assert levels.get_title(loc="left") == "2 silent, not drawn"
    assert drawn(rows[:4]).axes[1].get_title(loc="left") == ""


def test_what_cannot_be_used_is_reported_and_not_drawn(drawn):
    figure = drawn([Row(), Row(label="b", seconds=0.0, problem="it is empty (0 bytes)")])
    assert figure.get_suptitle() == "a data set: 2 recordings, 1 cannot be used"
    assert rows_of(figure.axes[2]) == ["a"]


def test_of_many_classes_both_ends_are_shown(drawn):
    rows = [Row(label=f"c{i:03d}") for i in range(100) for _ in range(100 - i)]
    figure = drawn(rows)
    shown = rows_of(figure.axes[2])
    assert len(shown) == MOST_CLASSES + 1
    assert shown[0] == "c000"
    assert shown[MOST_CLASSES // 2] == "… 40 more classes …"
    assert shown[-1] == "c099"
    assert figure.get_figheight() < 13


@pytest.mark.parametrize(("longest", "scale"), [(2.0, "linear"), (100.0, "log")])
def test_lengths_far_apart_are_drawn_on_a_logarithmic_axis(drawn, longest, scale):
    left, _, _ = drawn([Row(seconds=1.0), Row(seconds=longest)]).axes
    assert left.get_xscale() == scale
    assert left.patches[0].get_data().values.sum() == 2


def test_rare_lengths_stay_visible_beside_frequent_ones(drawn):
    left, _, _ = drawn([Row(seconds=1.0)] * 500 + [Row(seconds=0.5)]).axes
    assert left.get_yscale() == "log"
    assert left.get_ylim()[0] < 1 and left.get_ylim()[1] > 500

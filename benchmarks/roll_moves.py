"""What the roll moves, counted: of all values of a grid, the share that changes channel, column, row, and token, per block.

python benchmarks/roll_moves.py --freq 12 --time 50 --dim 768 --depth 12
python benchmarks/roll_moves.py --axes grid
"""

import argparse

import torch

from mixerkit import BlockIndex, Grid, build_operator
from mixerkit.operators.roll import group_sizes


def main() -> None:
    """Roll the coordinates of every value, and print where they have gone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("freq", 12), ("time", 50), ("dim", 768), ("depth", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--axes", choices=("literal", "grid"), default="literal")
    parser.add_argument("--overflow", choices=("clip", "share"), default="clip")
    asked = parser.parse_args()
    grid = Grid(asked.freq, asked.time, asked.dim)
    home = torch.meshgrid(*(torch.arange(n) for n in (grid.freq, grid.time, grid.dim)), indexing="ij")
    print(f"roll, axes: {asked.axes}, overflow: {asked.overflow}, on {grid}, {asked.depth} blocks; values that change their ...")
    print("| block (alpha) | step | groups | channel | column (time) | row (frequency) | token |")
    print("|---|---|---|---|---|---|---|")
    for index in range(asked.depth):
        settings = {"kind": "roll", "axes": asked.axes, "overflow": asked.overflow}
        roll = build_operator(settings, grid, BlockIndex(index, asked.depth))
        row, column, channel = (roll(coordinate[None])[0] != coordinate for coordinate in home)
        fractions = [moved.float().mean().item() for moved in (channel, column, row, row | column)]
        sizes = ", ".join(map(str, group_sizes(index, 16, asked.overflow)))
        print(f"| {index} | {asked.depth - index} | {sizes} | " + " | ".join(f"{fraction:.1%}" for fraction in fractions) + " |")


if __name__ == "__main__":
    main()

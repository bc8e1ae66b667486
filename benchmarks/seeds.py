"""Accuracy of recipes over seeds, as a table: mean, spread, parameters, time.

    python benchmarks/seeds.py recipes/asm_rh.yaml recipes/asm.yaml --seeds 0 1 2

Data that the package makes itself proves the machinery; it ranks no mixers.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from mixerkit import Recipe, train


def main() -> None:
    """Train every recipe with every seed, one after another, and print a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="+", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--set", nargs="*", default=[], dest="assignments", help="settings for all, such as runner.epochs=2")
    asked = parser.parse_args()
    rows = {path: [trained(path, seed, asked.assignments) for seed in asked.seeds] for path in asked.recipes}
    print(f"| recipe | test accuracy, mean of seeds {asked.seeds} | spread | AUC | parameters | seconds |")
    print("|---|---|---|---|---|---|")
    for path, runs in rows.items():
        accuracy = [run["test/accuracy"] for run in runs]
        auc, seconds = (mean(run[key] for run in runs) for key in ("test/auc", "seconds"))
        spread = stdev(accuracy) if len(accuracy) > 1 else 0.0
        size = runs[0]["parameters"]
        print(f"| {path.stem} | {mean(accuracy):.3f} | {spread:.3f} | {auc:.4f} | {size:,} | {seconds:.0f} |")


def trained(path: Path, seed: int, assignments: list[str]) -> dict[str, Any]:
    """The summary of one run, whose folder is not kept."""
    recipe = Recipe.load(path, set=[*assignments, f"runner.seed={seed}"])
    with tempfile.TemporaryDirectory() as folder:
        return train(recipe, out=f"{folder}/run").summary


if __name__ == "__main__":
    main()

"""mixerkit test-operator"""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from mixerkit.cli.arguments import Plugins
from mixerkit.errors import PluginError, Problem

if TYPE_CHECKING:
    from mixerkit.testing import Finding

WIDTH = 34


def test_operator(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="An operator, or a transform.")],
    plugin: Plugins = None,
    examples: Annotated[int, typer.Option(min=1, metavar="N", help="Random cases per check and settings.")] = 20,
) -> None:
    """Hold an operator or a transform to its contract and laws.

    Every example that it gives, on random grids, places and weights, the same ones every time. What fails is reported with the
    smallest case that shows it. Ends with 2 if anything fails.
    """
    from mixerkit.cli.kinds import no_such_kind, scope_of
    from mixerkit.datasets import cache_folder
    from mixerkit.operators import OPERATORS, TRANSFORMS, ExampledSpec
    from mixerkit.registry import located
    from mixerkit.testing import try_kind

    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache_folder() / "hypothesis"))  # else: a folder here
    scope = scope_of(plugin or ())
    known: dict[str, type[ExampledSpec]] = {**TRANSFORMS.kinds(scope), **OPERATORS.kinds(scope)}
    if kind not in known:
        raise no_such_kind(kind, list(known))
    typer.echo(f"{'check':{WIDTH}}result")
    report = try_kind(known[kind], examples, _print)
    typer.echo(f"\n{', '.join(report.settings)}: {examples} cases per check and settings")
    for hint in report.hints:
        typer.echo(f"hint: {hint.text(report.settings)}")
    if report.failed:
        got = f"{len(report.failed)} of {len(report.findings)} checks fail: {', '.join(f.check for f in report.failed)}."
        raise PluginError(Problem(f"{known[kind].noun} {kind!r}, {located(known[kind])}", got))


def _print(finding: "Finding") -> None:
    word = "FAILS" if finding.result == "fails" else finding.result
    typer.echo(f"{finding.check:{WIDTH}}{word}")
    if finding.fault is not None:
        typer.echo("".join(f"    {line}\n" for line in str(finding.fault).splitlines()), nl=False)

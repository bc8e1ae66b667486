"""mixerkit schema"""

import json
from typing import Annotated

import typer

from mixerkit.cli.arguments import Plugins


def schema(
    plugin: Plugins = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="Of overlays, which say any part of a recipe.")] = False,
) -> None:
    """Print the JSON Schema of recipes, for an editor.

    Every key and kind with its description. mixerkit schema > mixerkit.schema.json, and as a recipe's first line:
    # yaml-language-server: $schema=mixerkit.schema.json
    """
    from mixerkit.cli.kinds import scope_of
    from mixerkit.recipe import recipe_schema

    typer.echo(json.dumps(recipe_schema(scope_of(plugin or ()), overlay), indent=2, ensure_ascii=False))

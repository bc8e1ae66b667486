"""Published tables, as data: what a paper printed, under which protocol, and which of its rows cannot be run here."""

from pathlib import Path

from pydantic import Field, ValidationError

from mixerkit.errors import RecipeError
from mixerkit.recipe import explain, read_file
from mixerkit.spec import Spec
from mixerkit.study.spec import refuse_unknown


class PublishedRow(Spec):
    """One model of a published table."""

    model: str = Field(description="as the paper calls it")
    metrics: dict[str, float] = Field(description="per cent as printed, by figure, such as test/accuracy or best/accuracy")
    not_run: str = Field("", description="why no recipe here can stand beside it; empty: one can")


class PublishedTable(Spec):
    """One published table."""

    name: str = Field(description="its number in the paper")
    title: str = Field(description="the paper's caption")
    protocol: str = Field(description="how the paper says it was measured, and where it does not say")
    rows: tuple[PublishedRow, ...] = Field(min_length=1, description="all of its rows")

    def row(self, model: str) -> PublishedRow | None:
        """The row of that model, if it has one."""
        return next((row for row in self.rows if row.model == model), None)


class PublishedTables(Spec):
    """All tables of one paper."""

    source: str = Field(description="the paper")
    tables: tuple[PublishedTable, ...] = Field(min_length=1, description="its tables")


def load_published(file: Path, name: str) -> tuple[str, PublishedTable]:
    """(the paper, one of its tables).

    Raises:
        RecipeError: the file cannot be read, or has no such table.
    """
    tree = read_file(file)
    try:
        tables = PublishedTables.model_validate(tree.data)
    except ValidationError as error:
        raise RecipeError(*explain(error, tree, [], [])) from error
    refuse_unknown(str(file), name, [table.name for table in tables.tables], "table")
    return tables.source, next(table for table in tables.tables if table.name == name)

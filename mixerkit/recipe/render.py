"""A recipe as text: resolved YAML, the origin of every value, the difference between some."""

from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from mixerkit.recipe.recipe import Recipe
from mixerkit.recipe.tree import Tree, walk
from mixerkit.recipe.written import MISSING, Written
from mixerkit.spec import KeyPath, Spec

COMMENT_COLUMN = 48
NULL_TAG = "tag:yaml.org,2002:null"


def to_yaml(recipe: Recipe) -> str:
    """The resolved recipe as YAML that reads back to the same recipe."""
    return _dump(recipe.as_dict())


def with_origins(recipe: Recipe) -> str:
    """The resolved recipe, behind every value where it was written: file and line, --set, or default."""
    tree = recipe.source.tree if recipe.source else Tree({})
    return _dump(_commented(recipe.as_dict(), Written(recipe, tree.data), tree))


def difference(*recipes: Recipe) -> list[tuple[str, ...]]:
    """(key, its value in every recipe) for every setting in which they are not all the same; "-" where there is none."""
    found = [{loc: value for loc, value in walk(recipe.as_dict()) if not isinstance(value, dict | list)} for recipe in recipes]
    keys = dict.fromkeys(key for leaves in found for key in leaves)
    differing = [key for key in keys if any(key not in leaves or leaves[key] != found[0].get(key) for leaves in found)]
    return [(".".join(map(str, key)), *(_text(leaves, key) for leaves in found)) for key in differing]


def _dump(data: Any) -> str:
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), lambda representer, _: representer.represent_scalar(NULL_TAG, "null"))
    out = StringIO()
    yaml.dump(_short_lists(data), out)
    return out.getvalue()


def _short_lists(data: Any) -> Any:
    """Lists of plain values on one line."""
    if isinstance(data, dict):
        for key, value in data.items():
            data[key] = _short_lists(value)
        return data
    if isinstance(data, list):
        items = data if isinstance(data, CommentedSeq) else CommentedSeq(data)
        if not any(isinstance(item, dict | list) for item in items):
            items.fa.set_flow_style()
        for i, item in enumerate(items):
            items[i] = _short_lists(item)
        return items
    return data


def _commented(data: Any, written: Written, tree: Tree) -> Any:
    """``data``, the setting's resolved form, with comments."""
    if isinstance(written.setting, Spec) and written.setting.is_bare(data):
        written = written[written.setting.shorthand]
    if isinstance(data, dict) and data:
        whole = CommentedMap()
        for key, value in data.items():
            whole[key] = _commented(value, written[key], tree)
            if _on_one_line(value):
                whole.yaml_add_eol_comment(_origin(written[key], tree), key, column=COMMENT_COLUMN)
        return whole
    if isinstance(data, list):
        return CommentedSeq(_commented(item, written[i], tree) for i, item in enumerate(data))
    return data


def _on_one_line(value: Any) -> bool:
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    return not isinstance(value, dict) or not value


def _origin(written: Written, tree: Tree) -> str:
    if written.data is MISSING:
        return "default" if tree.origins else "given"
    return str(tree.origin(written.loc))


def _text(leaves: dict[KeyPath, Any], key: KeyPath) -> str:
    return _dump(leaves[key]).strip().removesuffix("...").strip() if key in leaves else "-"

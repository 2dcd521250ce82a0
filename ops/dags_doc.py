"""Write docs/DAGS.md from the docstrings of dags/*.py: what each workflow does, in the words that Airflow's UI shows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from include.settings import REPO
from ops.pages import write_or_check

_HEAD = """# 工作流一览

由 `make docs` 根据 dags/ 下各文件开头的说明生成，请勿手工修改。这些说明也显示在 Airflow 页面上。
"""


def page(folder: Path = REPO / "dags") -> str:
    """The page; a file without a docstring or without a DAG in it is left out."""
    files = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.py"))]
    parts = [_part(path, tree) for path, tree in files if ast.get_docstring(tree) and any(dag_ids(tree))]
    return _HEAD + "".join(parts)


def _part(path: Path, tree: ast.Module) -> str:
    """Under the names of its workflows in the UI, or under its own titles where a file makes them from a table."""
    text = ast.get_docstring(tree) or ""
    written_out = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    shown = _shown_names(tree)
    names = "、".join(shown.get(name, f"`{name}`") for name in dag_ids(tree) if name in written_out)
    parts = [(names, text)] if names else [part.split("\n", 1) for part in re.split("^#+ ", text, flags=re.M) if part]
    where = f"文件：[dags/{path.name}](../dags/{path.name})"
    return "".join(f"\n## {title}\n\n{where}\n\n{said.strip()}\n" for title, said in parts)


def _shown_names(tree: ast.Module) -> dict[str, str]:
    """What the UI calls the workflows of a file, by id: `dag_display_name` of @dag(…) on a function."""
    found = {}
    for node in ast.walk(tree):
        for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else []:
            given = decorator.keywords if isinstance(decorator, ast.Call) else []
            for keyword in given:
                if keyword.arg == "dag_display_name" and isinstance(keyword.value, ast.Constant):
                    found[node.name] = str(keyword.value.value)
    return found


def dag_ids(tree: ast.Module) -> Iterator[str]:
    """The ids of the DAGs that a file defines: @dag(…) on a function, or DAG(…)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                target = decorator.func if isinstance(decorator, ast.Call) else decorator
                if _name(target) == "dag":
                    yield _dag_id(decorator) or node.name
        elif isinstance(node, ast.Call) and _name(node.func) == "DAG":
            yield _dag_id(node) or ""


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _dag_id(call: ast.expr) -> str:
    if not isinstance(call, ast.Call):
        return ""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "dag_id"] + call.args[:1]
    return next((str(value.value) for value in named if isinstance(value, ast.Constant)), "")


if __name__ == "__main__":
    write_or_check("DAGS.md", page, __doc__)

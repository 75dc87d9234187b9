"""Our own code as trees, for the tests that look at how it says no: read and parsed once for all of them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


@cache
def tree(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def trees(layer: str, where: str = "") -> tuple[tuple[str, ast.Module], ...]:
    """Every file of a layer in whose text this stands, by its path below the layer."""
    texts = ((file, file.read_text("utf-8")) for file in sorted((ROOT / layer).rglob("*.py")))
    return tuple((str(file.relative_to(ROOT / layer)), tree(text)) for file, text in texts if where in text)


@cache
def calls(layer: str, name: str = "") -> tuple[tuple[str, ast.Call], ...]:
    """Every call of something by its bare name (of just this one), and where it stands."""
    return tuple(
        (f"{layer}/{file}:{one.lineno}", one)
        for file, module in trees(layer, f"{name}(")
        for one in ast.walk(module)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and name in ("", one.func.id)
    )

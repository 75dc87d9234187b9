"""All that is wrong with one row, collected: the first is the verdict, the others are named beside it."""

from api.imports.verdicts import Code, Verdict, echoed


class Problems:
    """What was found wrong with a row so far."""

    def __init__(self) -> None:
        self._found: list[tuple[Code, dict[str, object]]] = []

    @property
    def found(self) -> bool:
        """Anything at all?"""
        return bool(self._found)

    def add(self, code: Code, **values: object) -> None:
        """One more thing is wrong."""
        self._found.append((code, values))

    def verdict(self, file: str, row: int) -> Verdict:
        """The row's one verdict."""
        (code, values), *others = self._found
        also = dict.fromkeys(other for other, _ in others if other is not code)
        return Verdict(file, row, code, tuple(also), echoed(values.items()))

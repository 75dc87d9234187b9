"""One test over many small cases: each that fails says which it was, and none hides the others."""

from collections.abc import Callable, Mapping
from typing import TypeVar

Case = TypeVar("Case")


def for_each(cases: Mapping[str, Case]) -> Callable[[Callable[[Case], None]], Callable[[], None]]:
    """What costs less than pytest needs for a test of its own is done for all of them by one test."""

    def of(test: Callable[[Case], None]) -> Callable[[], None]:
        def every() -> None:
            assert cases, "nothing to look at"
            wrong: list[Exception] = []
            for name, case in cases.items():
                try:
                    test(case)
                except Exception as error:
                    error.add_note(f"of {name}")
                    wrong.append(error)
            if wrong:
                raise ExceptionGroup(test.__name__, wrong)

        every.__name__, every.__doc__, every.__module__ = test.__name__, test.__doc__, test.__module__
        return every

    return of

"""What may this account do with a paper now, and why not? The domain's rules say it; here they are put into the asker's language."""

from collections.abc import Mapping

from strawberry.utils.str_converters import to_camel_case

from api.graphql.context import Info
from api.graphql.problems import details, sentence
from api.schema.assets import PermittedAction
from domain.refusals import Refusal


def permitted(info: Info, answers: Mapping[str, Refusal | None]) -> list[PermittedAction]:
    """One entry per action, by name."""
    language = info.context.language
    return [
        PermittedAction(
            name=to_camel_case(name),
            permitted=no is None,
            code=no.code if no else None,
            message=sentence(no.code, no.values, language) if no else None,
            details=details(no.values) if no else [],
        )
        for name, no in sorted(answers.items())
    ]

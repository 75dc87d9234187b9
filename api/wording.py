"""A decision in words."""

from api.graphql.problems import sentence
from domain.texts import Language
from projections.desk import Decided


def refusal(decided: Decided, language: Language) -> str:
    """Why a command was refused."""
    return sentence(decided.refused, decided.values, language)

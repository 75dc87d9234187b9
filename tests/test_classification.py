"""Class codes: well formed or not, known or not, and never without their edition."""

import pytest

from domain.classification import (
    EDITIONS,
    Edition,
    Standing,
    canonical,
    class_code,
    edition,
    editions_naming,
    entries,
    name_of,
    standing,
)
from domain.refusals import InvalidValue
from domain.values import ClassCode

OLD = edition("gbt14885", "2010")
NEW = edition("gbt14885", "2022")
FSC = edition("us-fsc", "2019")


@pytest.mark.parametrize(
    ("which", "code", "expected"),
    [
        (OLD, "2010000", Standing.KNOWN),
        (OLD, "2010104", Standing.UNVERIFIED),
        (OLD, "7010000", Standing.MALFORMED),
        (OLD, "201010", Standing.MALFORMED),
        (OLD, "A02010104", Standing.MALFORMED),
        (NEW, "A02010104", Standing.KNOWN),
        (NEW, "a0201 0104", Standing.KNOWN),
        (NEW, "A0201", Standing.KNOWN),
        (NEW, "A02019900", Standing.UNVERIFIED),
        (NEW, "A08010000", Standing.MALFORMED),
        (NEW, "2010104", Standing.MALFORMED),
        (NEW, "A0201010٤", Standing.MALFORMED),
        (FSC, "8415", Standing.KNOWN),
        (FSC, "2360", Standing.UNVERIFIED),
        (FSC, "5341", Standing.UNVERIFIED),
        (FSC, "84155", Standing.MALFORMED),
        (FSC, "", Standing.MALFORMED),
    ],
)
def test_a_code_has_a_standing_in_an_edition(which: Edition, code: str, expected: Standing) -> None:
    assert standing(which, code) is expected


def test_an_unknown_code_of_a_complete_edition_is_unknown_and_refused() -> None:
    whole = Edition("gbt14885", "2022", NEW.pattern, NEW.table, padded_to=9, complete=True)
    assert standing(whole, "A02019900") is Standing.UNKNOWN


def test_the_same_code_means_different_things_in_different_editions() -> None:
    assert name_of(class_code("gbt14885", "2022", "A02010104"), "zh") == "服务器"
    assert name_of(class_code("gbt14885", "2022", "A02010105"), "zh") == "台式计算机"
    with pytest.raises(InvalidValue):
        class_code("gbt14885", "2010", "A02010104")
    assert [one.edition for one in editions_naming("A02010104", "服务器")] == ["2022"]
    assert editions_naming("A02010104", "台式机") == ()


def test_a_well_formed_code_of_a_partial_edition_is_flagged() -> None:
    assert class_code("gbt14885", "2022", "A02019900") == ClassCode(
        "gbt14885", "2022", "A02019900", unverified=True
    )
    assert not class_code("us-fsc", "2019", "7110").unverified


def test_an_edition_nobody_has_heard_of_is_refused() -> None:
    with pytest.raises(InvalidValue):
        edition("gbt14885", "1999")


def test_every_shipped_table_is_marked_partial_and_well_formed_throughout() -> None:
    for one in EDITIONS:
        assert "partial" in one.table
        assert not one.complete
        codes = entries(one)
        assert len(codes) > 40
        for code, entry in codes.items():
            assert canonical(one, code) == code
            assert entry.name_zh or entry.name_en
            if not entry.parent:
                assert entry.level in {"menlei", "group"}


def test_a_class_without_a_name_in_one_language_is_shown_in_the_other() -> None:
    assert name_of(ClassCode("gbt14885", "2022", "A02010000"), "en") == "信息化设备"
    assert name_of(ClassCode("us-fsc", "2019", "2360", unverified=True), "en") is None

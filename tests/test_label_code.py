"""What a label's code looks like, and what is made of anything that was scanned or typed."""

from secrets import randbits

from hypothesis import given
from hypothesis import strategies as st

from domain.label_code import (
    LETTERS,
    LONGEST,
    Foreign,
    Misread,
    Nothing,
    OwnCode,
    check_character,
    grouped,
    is_token,
    new_token,
    payload,
    read,
    written,
)

tokens = st.integers(0, 2**60 - 1).map(
    lambda bits: new_token(iter([bits, *(bits * 31 + n for n in range(1, 99))]).__next__)
)
tokens = tokens.filter(is_token)
HOSTS = ("https://gw.example.cn", "HTTP://10.1.2.3:8000", "https://a.b/under/a/path", "")


@given(tokens)
def test_a_code_is_thirteen_letters_without_look_alikes(token: str) -> None:
    assert len(token) == 13
    assert set(token) <= set(LETTERS)
    assert check_character(token[:-1]) == token[-1]


def test_codes_take_all_their_bits_from_the_draw() -> None:
    drawn = {new_token(lambda: randbits(60)) for _ in range(5000)}
    assert len(drawn) == 5000
    assert all({token[at] for token in drawn} == set(LETTERS) for at in range(13))


def test_the_check_character_is_that_of_the_standard() -> None:
    assert (
        check_character("A12425GABC1234002") == "M"
    )  # the example of the Global Release Identifier, which uses MOD 37,36


@given(tokens, st.integers(0, 12), st.sampled_from(LETTERS))
def test_every_single_wrong_character_is_noticed(token: str, at: int, letter: str) -> None:
    wrong = token[:at] + letter + token[at + 1 :]
    assert is_token(wrong) == (wrong == token)


@given(tokens, st.sampled_from(HOSTS), st.booleans())
def test_a_url_of_any_host_in_any_case_is_the_code(token: str, host: str, small: bool) -> None:
    said = f"{host}/A/{token}"
    assert read(said.lower() if small else said) == OwnCode(token)
    assert read(f"  {said}?from=phone ") == OwnCode(token)


@given(tokens)
def test_look_alikes_full_width_letters_and_groups_are_the_same_code(token: str) -> None:
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in f"HTTPS://GW.CN/A/{token}")
    assert read(full_width) == OwnCode(token)
    assert read(token.replace("0", "O").replace("1", "l")) == OwnCode(token)
    assert read(token.replace("1", "I").lower()) == OwnCode(token)
    assert read(grouped(token)) == OwnCode(token)
    assert read(grouped(token).replace("-", " ")) == OwnCode(token)


@given(tokens, st.integers(0, 12))
def test_a_misread_url_of_ours_is_called_misread_and_not_a_number(token: str, at: int) -> None:
    other = LETTERS[(LETTERS.index(token[at]) + 7) % 32]
    assert isinstance(read(f"https://gw.cn/A/{token[:at]}{other}{token[at + 1 :]}"), Misread)
    assert isinstance(read(f"https://gw.cn/A/{token[:at]}"), Misread)


def test_other_peoples_codes_are_kept_as_they_are_compared() -> None:
    assert read("  资产－００１２ ") == Foreign("资产-0012")
    assert read("sn 12  ab") == Foreign("SN 12 AB")
    assert read("https://id.gs1.org/8004/9506000134352%2D7?x=1") == Foreign("9506000134352-7", "GIAI")
    assert read("https://shop.example/8003/09506000134352X1") == Foreign("09506000134352X1", "GRAI")


def test_nothing_is_nothing() -> None:
    assert read("") == read(" \t\n") == read("x" * (LONGEST + 1)) == Nothing()


@given(st.text(max_size=80))
def test_any_text_is_read_without_a_fault_and_reads_the_same_when_written(text: str) -> None:
    scanned = read(text)
    assert isinstance(scanned, OwnCode | Misread | Foreign | Nothing)
    assert read(written(text)) == scanned


def test_the_square_carries_only_what_alphanumeric_mode_holds() -> None:
    held = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    carried = payload("https://gongwu.example.cn/", "0123456789ABC")
    assert carried == "HTTPS://GONGWU.EXAMPLE.CN/A/0123456789ABC"
    assert set(carried) <= held
    assert len(carried) <= 47

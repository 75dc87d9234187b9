"""How is an amount of yuan written so that nobody can add a stroke to it? (金额大写)"""

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def in_capitals(amount: Decimal) -> str:
    """1005.20 is 人民币壹仟零伍元贰角整."""
    sign = "负" if amount < 0 else ""
    yuan, cents = divmod(int(abs(amount).quantize(Decimal("0.01")) * 100), 100)
    jiao, fen = divmod(cents, 10)
    words = f"{_whole(yuan)}元" if yuan or not cents else ""
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    words += f"{DIGITS[fen]}分" if fen else "整"
    return f"人民币{sign}{words}"


def _whole(number: int) -> str:
    if number == 0:
        return "零"
    words, gap, group = "", False, 0
    while number:
        number, four = divmod(number, 10_000)
        if four:
            words = _four(four) + GROUPS[group] + ("零" if gap and words else "") + words
            gap = four < 1000
        elif words:
            gap = True
        group += 1
    return words


def _four(number: int) -> str:
    words, gap, place = "", False, 0
    while number:
        number, digit = divmod(number, 10)
        if digit:
            words = DIGITS[digit] + PLACES[place] + ("零" if gap and words else "") + words
            gap = False
        else:
            gap = True
        place += 1
    return words

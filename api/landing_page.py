"""The page a stranger's phone opens when it scans a label: whose property it is, and how to return it.

Nothing about the thing itself stands here: no name, no number, no place. The page runs no script, loads nothing, and sets no cookie.
"""

from html import escape
from typing import NamedTuple
from urllib.parse import quote, urlencode

from domain.contact import dialled
from domain.label_code import LENGTH, grouped
from domain.texts import Language, say
from projections.scan import misread_as

_STYLE = (
    ":root{color-scheme:light dark}*{box-sizing:border-box}"
    "body{font:1.125rem/1.6 system-ui,-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;margin:0;"
    "color:#1a1a1a;background:#f4f5f7}"
    "main{max-width:32rem;margin:0 auto;padding:1.25rem 1rem 2rem}"
    "section{background:#fff;border-radius:.75rem;padding:1.25rem;margin:0 0 1rem;box-shadow:0 1px 3px rgba(0,0,0,.12)}"
    "h1{font-size:1.05rem;font-weight:600;color:#4a4d55;margin:0 0 .4rem}h2{font-size:1.05rem;margin:0 0 .6rem}"
    "p{margin:.4rem 0}.owner{font-size:1.6rem;line-height:1.35;font-weight:700;margin:0;overflow-wrap:anywhere}"
    ".call{display:block;text-align:center;text-decoration:none;background:#0b5a9e;color:#fff;border-radius:.6rem;"
    "padding:.85rem 1rem;margin:.8rem 0;font-size:1.25rem;font-weight:600;overflow-wrap:anywhere}"
    "dt{color:#4a4d55;margin-top:.6rem}dd{margin:0;overflow-wrap:anywhere}dl{margin:0}"
    ".code{font:1.05rem ui-monospace,'SF Mono',Menlo,Consolas,monospace;letter-spacing:.04em;overflow-wrap:anywhere}"
    "label{display:block;font-weight:600}input,button{font:inherit;width:100%;padding:.8rem;border-radius:.6rem;margin-top:.5rem}"
    "input{border:2px solid #6b7078;background:#fff;color:inherit;text-transform:uppercase}"
    "button{border:0;background:#0b5a9e;color:#fff;font-weight:600;min-height:3rem}"
    "a:focus-visible,input:focus-visible,button:focus-visible{outline:3px solid #d97706;outline-offset:2px}"
    "footer{color:#4a4d55;font-size:1rem;padding:0 .25rem}footer a{color:#0b5a9e;display:inline-block;padding:.6rem 0}"
    "@media(prefers-color-scheme:dark){body{background:#131417;color:#ececef}section{background:#1f2126;box-shadow:none}"
    "h1,dt,footer{color:#b4b8c1}input{background:#131417;border-color:#8b909a}.call,button{background:#2470b3}footer a{color:#8fc4f5}}"
    "@media print{body{background:#fff}section{box-shadow:none;border:1px solid #999}}"
)


class Owner(NamedTuple):
    """Whose property it is, and whom to ask: the body's own contact, or that of a superior (`asked`)."""

    name: str
    asked: str = ""
    phone: str = ""
    address: str = ""
    note: str = ""


def owner_page(language: Language, token: str, owner: Owner, standing: str = "KNOWN") -> str:
    """The page of a label. `standing`: KNOWN, BLANK, ENDED (the books do not know its thing any more) or REVOKED."""
    note = f"<p>{_t(language, 'ENDED_NOTE')}</p>" if standing == "ENDED" else ""
    body = (
        f"<section><h1>{_t(language, standing)}</h1>"
        f'<p class="owner"{_in(owner.name)}>{escape(owner.name)}</p>{note}</section>{_how(language, owner)}'
    )
    footer = f'<p>{_t(language, "THANKS")}</p><p class="code">{escape(grouped(token))}</p>'
    return _page(
        language,
        _said(language, standing, owner.name),
        body,
        footer,
        f"?{urlencode({'lang': _other(language)})}",
    )


def miss_page(language: Language, code: str, why: str) -> str:
    """The page of a code that no label has. `why`: UNKNOWN, or MISREAD with what is wrong."""
    hint = _t(language, "UNKNOWN_HINT") if why == "UNKNOWN" else _misread(language, code)
    read = f'<p class="code">{escape(grouped(code) if len(code) == LENGTH else code)}</p>' if code else ""
    body = f"<section><h1>{_t(language, why)}</h1>{read}<p>{hint}</p></section>{_form(language, code)}"
    return _page(language, _said(language, why), body, "", _again(language, code))


def form_page(language: Language) -> str:
    """The page that asks for a code."""
    body = f"<section><h1>{_t(language, 'TITLE')}</h1><p>{_t(language, 'ASK_FOR_CODE')}</p></section>{_form(language, '')}"
    return _page(language, _said(language, "TITLE"), body, "", _again(language, ""))


def notice_page(language: Language, why: str, **values: object) -> str:
    """A page that only says that it does not work now. `why`: TOO_MANY, AWAY."""
    body = f"<section><h1>{_t(language, why)}</h1><p>{_t(language, f'{why}_HINT', **values)}</p></section>"
    return _page(language, _said(language, why), body, "", f"?{urlencode({'lang': _other(language)})}")


def _how(language: Language, owner: Owner) -> str:
    if not owner.phone:
        return f"<section><h2>{_t(language, 'HOW')}</h2><p>{_t(language, 'NO_CONTACT')}</p></section>"
    call = (
        f'<a class="call" href="tel:{escape(quote(dialled(owner.phone), safe="+;="))}">'
        f"{_t(language, 'CALL', phone=owner.phone)}</a>"
    )
    ask = _row(language, "ASK", owner.asked if owner.asked != owner.name else "")
    bring, note = (
        _row(language, "BRING", owner.address),
        f"<p{_in(owner.note)}>{escape(owner.note)}</p>" if owner.note else "",
    )
    return f"<section><h2>{_t(language, 'HOW')}</h2>{ask}{call}{bring}{note}</section>"


def _row(language: Language, name: str, value: str) -> str:
    return f"<dl><dt>{_t(language, name)}</dt><dd{_in(value)}>{escape(value)}</dd></dl>" if value else ""


def _misread(language: Language, code: str) -> str:
    return _t(language, f"MISREAD_{misread_as(code)}", count=len(code))


def _form(language: Language, code: str) -> str:
    return (
        f'<section><form action="/A" method="get"><label for="code">{_t(language, "TYPE")}</label>'
        f'<input id="code" name="code" value="{escape(code[:64])}" maxlength="64" required autocomplete="off" autocapitalize="characters"'
        f' spellcheck="false" placeholder="XXXX-XXXX-XXXXX"><input type="hidden" name="lang" value="{language}">'
        f'<button type="submit">{_t(language, "LOOK_UP")}</button></form></section>'
    )


def _page(language: Language, title: str, body: str, footer: str, other: str) -> str:
    elsewhere = f'<p><a href="{escape(other)}" lang="{_other(language)}" hreflang="{_other(language)}">{_named(language)}</a></p>'
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex,nofollow">'
        f'<meta name="format-detection" content="telephone=no"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body><main>{body}<footer>{footer}{elsewhere}</footer></main></body></html>"
    )


def _again(language: Language, code: str) -> str:
    """The same page in the other language."""
    said = {"code": code[:64], "lang": _other(language)} if code else {"lang": _other(language)}
    return f"/A?{urlencode(said)}"


def _in(text: str) -> str:
    """Says that a text is Chinese, for who has it read out in English."""
    return ' lang="zh-CN"' if any("一" <= one <= "鿿" for one in text) else ""


def _other(language: Language) -> Language:
    return "en" if language == "zh" else "zh"


def _named(language: Language) -> str:
    return escape(say(language, "page.OTHER"))


def _said(language: Language, name: str, value: str = "") -> str:
    """What the browser's tab says."""
    text = say(language, f"landing.{name}")
    return f"{text} {value}".strip() if language == "en" else f"{text}{'：' if value else ''}{value}"


def _t(language: Language, name: str, **values: object) -> str:
    return escape(say(language, f"landing.{name}", **values))

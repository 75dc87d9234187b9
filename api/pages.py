"""The one page of a server that has no screens yet: what this is, and where its doors are. Nothing is loaded from elsewhere."""

from html import escape

from domain.texts import Language, say

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "code,pre{font:14px/1.5 ui-monospace,monospace;background:#f1f1f4;border-radius:4px;padding:.1rem .3rem}"
    "pre{padding:.8rem;overflow-x:auto}a{color:#0b4f8a}h1{font-size:1.6rem}"
    "@media(prefers-color-scheme:dark){body{background:#16171a;color:#e8e8ea}code,pre{background:#24262b}a{color:#8fc4f5}}"
)


def front_page(language: Language, base_url: str = "") -> str:
    """The page, in one language with a link to the other."""
    words = {
        name: escape(say(language, f"page.{name}"))
        for name in (
            "TITLE",
            "WHAT",
            "GRAPHQL",
            "HEALTH",
            "EVIDENCE",
            "SLIPS",
            "LABELS",
            "LABEL",
            "SIGN_IN",
            "OTHER",
        )
    }
    other = "en" if language == "zh" else "zh"
    url = escape(f"{base_url}/graphql") if base_url else "/graphql"
    example = escape(
        """curl -H 'Authorization: Bearer gw_…' -H 'Content-Type: application/json' \\
  -d '{"query":"{ assets(first: 10) { nodes { number name } } }"}' """
        + (base_url or "http://127.0.0.1:8000")
        + "/graphql"
    )
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{words["TITLE"]}</title><style>{_STYLE}</style>'
        f"<main><h1>{words['TITLE']}</h1><p>{words['WHAT']}</p><ul>"
        f"<li><code>POST {url}</code> {words['GRAPHQL']}</li>"
        f'<li><a href="/health"><code>GET /health</code></a> {words["HEALTH"]}</li>'
        f"<li><code>POST /evidence</code>, <code>GET /evidence/…</code> {words['EVIDENCE']}</li>"
        f"<li><code>GET /slips/…</code> {words['SLIPS']}</li>"
        f"<li><code>GET /labels/…</code> {words['LABELS']}</li>"
        f'<li><a href="/A"><code>GET /A/…</code></a> {words["LABEL"]}</li></ul>'
        f"<p>{words['SIGN_IN']}</p><pre>{example}</pre>"
        f'<p><a href="/?lang={other}" lang="{other}">{words["OTHER"]}</a></p></main></html>'
    )

"""The page that the `type` of every problem leads to: what each error means and what to do."""

from __future__ import annotations

import html
import re

from backend.errors import ServiceError, catalogue
from backend.operations import operation
from backend.views.base import BaseView

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Errors of the Tablecast API</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 44rem; margin: 2rem auto; padding: 0 1rem }}
h2 {{ margin: 2rem 0 0; font-size: 1.1rem; overflow-wrap: anywhere }}
h2 a {{ color: inherit; text-decoration: none }}
h2 small {{ font-weight: normal; opacity: .75 }}
p {{ margin: .25rem 0 }}
section:target {{ outline: 2px solid; outline-offset: .75rem; border-radius: .1rem }}
</style>
<h1>Errors of the Tablecast API</h1>
<p>Every error is a problem document (<code>application/problem+json</code>, RFC 9457). Its
<code>code</code> is stable; its <code>detail</code> says what was wrong with this very request.
All operations: <a href="/docs">/docs</a>.</p>
{sections}
</html>
"""
SECTION = """<section id="{code}">
<h2><a href="#{code}"><code>{code}</code></a> <small>{status}</small></h2>
<p>{title}.</p>
<p>{remedy}</p>
</section>"""


def errors_page() -> str:
    """The page as HTML; every error of the catalogue has a section with its code as the id."""
    return PAGE.format(sections="\n".join(_section(error) for error in catalogue()))


def _section(error: type[ServiceError]) -> str:
    remedy = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(error.remedy))
    return SECTION.format(
        code=html.escape(error.code),
        status=error.status,
        title=html.escape(error.title),
        remedy=remedy,
    )


class ErrorsView(BaseView):
    """What each error means."""

    page = errors_page()

    @operation(summary="Read what each error means", tag="service", produces="text/html")
    async def get(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Content-Security-Policy", POLICY)
        self.finish(self.page)

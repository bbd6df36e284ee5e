"""Writes HTML pages from the templates of this package; every value is escaped."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

ENVIRONMENT = Environment(
    loader=PackageLoader("partner_center_simulator.people", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def show(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page made from a template of this package."""
    text = ENVIRONMENT.get_template(template).render(**values)
    return HTMLResponse(text, status_code=status, headers=SECURITY)

"""The pictures of the tutorial: made by the browser tests, and proven by them to show what is there now.

With CONSOLIDATION_PICTURES=make in the environment (`make pictures`) they are made anew. Without it only the text that
a picture shows is compared, by its digest: other fonts or another Chromium make another picture of the same text.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Locator

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
DIGESTS = FOLDER / "digests.json"
COLOURS = 64
"""Colours of a picture: text and lines need no more, and the file stays small."""

_CHANGING = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b|\d+")
"""Digests, ids, dates and times differ from run to run; what a number is of does not."""


def output_of(inside: Locator) -> Locator:
    """Return the whole output of a cell that something is in."""
    return inside.locator("xpath=ancestor::*[contains(concat(' ', @class, ' '), ' jp-OutputArea-child ')][1]")


def keep_picture(name: str, part: Locator) -> None:
    """Make a picture of a part of the page, or make sure that the one there is shows the same text."""
    digests: dict[str, str] = json.loads(DIGESTS.read_text(encoding="utf-8")) if DIGESTS.exists() else {}
    digest = hashlib.sha256(shown_text(part).encode()).hexdigest()
    if os.environ.get("CONSOLIDATION_PICTURES") == "make":
        FOLDER.mkdir(parents=True, exist_ok=True)
        view = part.page.viewport_size
        part.page.set_viewport_size({"width": 1500, "height": 2400})  # what is higher than the window is cut off
        drawn = Image.open(io.BytesIO(part.screenshot())).convert("RGB")
        part.page.set_viewport_size(view)
        drawn = drawn.crop(ImageChops.invert(drawn).getbbox())  # white below and beside says nothing
        drawn.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)
        DIGESTS.write_text(json.dumps(digests | {name: digest}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        return
    assert (FOLDER / f"{name}.png").exists(), f"There is no picture {name}: run 'make pictures'."
    assert digests.get(name) == digest, f"The picture {name} is stale: run 'make pictures', and look at it."


def shown_text(part: Locator) -> str:
    """Return what a part of the page says, without what differs from run to run: words, labels and hints."""
    hints = part.locator("[placeholder]").evaluate_all("all => all.map(each => each.placeholder)")
    words = " ".join([part.inner_text(), *hints])
    return " ".join(_CHANGING.sub("#", words).split())

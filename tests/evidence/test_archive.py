"""Evidence files are written once, whole, under names that last."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from evidence_conftest import ADATUM, NOON, SOURCE

from consolidation.evidence.archive import Archive, notebook_phase
from consolidation.evidence.errors import ArchiveError

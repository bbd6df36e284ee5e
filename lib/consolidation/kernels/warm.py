"""What the warm process imports before it forks kernels: imports only, no threads, sockets, tokens or random state.

Beside what the notebooks import stands what is otherwise imported late, in every kernel anew: that was half of the
processor time that a kernel took.
"""

import contextlib
import gc
import os

os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # else the debugger, once imported, writes to the terminal

import cryptography.x509
import httpcore
import ipykernel.debugger
import ipykernel.ipkernel
import ipykernel.kernelapp
import IPython.core.completerlib
import IPython.extensions.storemagic
import ipywidgets
import jwt
import msal
import pandas.io.formats.style
import sqlalchemy.dialects.sqlite
import xlsxwriter

import consolidation.desk
import consolidation.plan_table
import consolidation.plots
import consolidation.steps

with contextlib.suppress(ModuleNotFoundError):  # an extra
    import psycopg
    import sqlalchemy.dialects.postgresql.psycopg

__all__ = [
    "IPython",
    "consolidation",
    "cryptography",
    "httpcore",
    "ipykernel",
    "ipywidgets",
    "jwt",
    "msal",
    "pandas",
    "psycopg",
    "sqlalchemy",
    "xlsxwriter",
]

gc.collect()
gc.freeze()  # what is here stays: a kernel that looked through it would copy all of these pages

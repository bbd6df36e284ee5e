"""What the warm process imports before it forks kernels: imports only, no threads, sockets, tokens or random state.

Beside what the notebooks import stands what is otherwise imported late, in every kernel anew: that was half of the
processor time that a kernel took.
"""

import contextlib
import encodings.utf_8_sig
import encodings.utf_16_le
import faulthandler
import gc
import os

os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # else the debugger, once imported, writes to the terminal

import cryptography.x509
import httpcore
import ipykernel.debugger
import ipykernel.ipkernel
import ipykernel.kernelapp
import IPython.core.completerlib
import IPython.core.debugger
import IPython.core.logger
import IPython.core.oinspect
import IPython.extensions.storemagic
import ipywidgets
import jwt
import matplotlib.backends.backend_agg
import msal
import pandas.io.formats.style
import sqlalchemy.dialects.sqlite
import tornado.platform.asyncio
import xlsxwriter

import consolidation.confirming
import consolidation.desk
import consolidation.kernels.provisioner
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
    "encodings",
    "faulthandler",
    "httpcore",
    "ipykernel",
    "ipywidgets",
    "jwt",
    "matplotlib",
    "msal",
    "pandas",
    "psycopg",
    "sqlalchemy",
    "tornado",
    "xlsxwriter",
]

gc.collect()
gc.freeze()  # what is here stays: a kernel that looked through it would copy all of these pages

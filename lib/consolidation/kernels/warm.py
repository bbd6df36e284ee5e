"""What the warm process imports before it forks kernels: imports only, no threads, sockets, tokens or random state."""

import ipykernel.ipkernel
import ipykernel.kernelapp
import ipywidgets
import msal
import pandas.io.formats.style

import consolidation.desk
import consolidation.plots
import consolidation.steps

__all__ = ["consolidation", "ipykernel", "ipywidgets", "msal", "pandas"]

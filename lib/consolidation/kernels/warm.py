"""What the warm process imports before it forks kernels: imports only, no threads, sockets, tokens or random state."""

import ipykernel.ipkernel
import ipykernel.kernelapp
import ipywidgets
import matplotlib.figure
import msal
import pandas.io.formats.style

import consolidation.desk
import consolidation.steps

__all__ = ["consolidation", "ipykernel", "ipywidgets", "matplotlib", "msal", "pandas"]

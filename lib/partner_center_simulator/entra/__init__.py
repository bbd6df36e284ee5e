"""Sign-in: the token endpoints of Microsoft Entra and the page where a person enters a device code."""

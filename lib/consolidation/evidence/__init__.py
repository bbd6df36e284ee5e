"""The archive that an auditor gets: folders, static HTML, manifests, signatures, and `verify`.

Nothing is imported here: the page renderer brings nbconvert along, which takes seconds, and a notebook's kernel and
`consolidate status` need only the folders.
"""

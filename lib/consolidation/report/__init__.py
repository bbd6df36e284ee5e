"""What one hands to a client: per customer a dossier and a closure certificate, one certificate per source (M36).

Made from journal and archive alone, without a call: what it says is what the evidence says. `rows` holds how each
subscription ended, `chapters` the story, `certificates` the closing statement, `pages` the frame and `writing` the
files.
"""

from consolidation.report.writing import write_report

__all__ = ["write_report"]

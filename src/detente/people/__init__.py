"""People: who is there, who may let what go, and what each of them did. Pure; no clock, no disk.

Nothing here reaches the line: it is one party's own affair, kept in its own book.
"""

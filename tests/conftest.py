from __future__ import annotations

from hypothesis import settings

# The same examples every time, and no clock: a test that fails here fails everywhere.
settings.register_profile("detente", derandomize=True, database=None, deadline=None)
settings.load_profile("detente")

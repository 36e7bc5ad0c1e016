"""What all tests share."""

from __future__ import annotations

import os

# The frameworks' own threads would compete with the processes that run cases in parallel.
os.environ.setdefault("OMP_NUM_THREADS", "1")

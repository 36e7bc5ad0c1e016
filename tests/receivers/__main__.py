"""`python -m tests.receivers`: how many receivers of a real run are known, and which are wrong."""

from __future__ import annotations

import sys

from .compare import compare, report


def main() -> int:
    places = compare()
    print("\n".join(report(places)))
    return 1 if any(place.harmful for found in places.values() for place in found) else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.models [NAME...]`: the real models under both frameworks, as a table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.corpora.packages import cache_folder

from .cases import CASES
from .run import run_models, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.models", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of the models' names; default: all")
    parser.add_argument(
        "--work", type=Path, default=cache_folder() / "models-run", help="where the output goes"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--reuse", action="store_true", help="keep the conversions of the last run")
    arguments = parser.parse_args()
    cases = [c for c in CASES if not arguments.names or any(name in c.name for name in arguments.names)]
    outcomes = run_models(cases, work=arguments.work, jobs=arguments.jobs, reuse=arguments.reuse)
    print(table(outcomes))
    return 0 if all(outcome.equal for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())

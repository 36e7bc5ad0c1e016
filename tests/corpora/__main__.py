"""`python -m tests.corpora`: converts every file of real packages and prints what was harmed."""

from __future__ import annotations

import argparse
import os
import sys

from .check import check_files, table
from .packages import python_files

PACKAGES = ("timm", "torchvision", "diffusers", "transformers")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corpora", description=__doc__)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=1800, help="time for all packages together")
    arguments = parser.parse_args()
    files = {name: python_files(name) for name in arguments.packages}
    owner = {str(path): name for name, paths in files.items() for path in paths}
    findings = {name: [] for name in files}
    everything = [path for paths in files.values() for path in paths]
    for finding in check_files(everything, jobs=arguments.jobs, seconds=arguments.seconds):
        findings[owner[finding.file]].append(finding)
    print(table(findings))
    checked = sum(map(len, findings.values()))
    if checked < len(everything):
        print(f"stopped by --seconds: {checked} of {len(everything)} files were checked")
    return 1 if checked < len(everything) or any(f.faults for fs in findings.values() for f in fs) else 0


if __name__ == "__main__":
    sys.exit(main())

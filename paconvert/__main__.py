"""`python -m paconvert`."""

from paconvert.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

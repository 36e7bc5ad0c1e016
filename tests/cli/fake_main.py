"""The command line over the tests' tiny converter."""

import sys

from paconvert.cli import main
from tests.project.fake import ENGINE

if __name__ == "__main__":
    sys.exit(main(engine=ENGINE))

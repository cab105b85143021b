"""``python -m symscope`` is the same as ``symscope``."""

import sys

from symscope.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Prints the documentation page of the rules to standard output."""

from __future__ import annotations

import sys

from kmop_constructs.checks import page

if __name__ == "__main__":
    sys.stdout.write(page())

"""The yardstick: every price of a CSV as a Decimal, and nothing done with it."""

import csv
import sys
from decimal import Decimal

with open(sys.argv[1], newline="") as stream:  # noqa: PTH123  # the yardstick is bare
    reader = csv.reader(stream)
    next(reader)
    for row in reader:
        prices = [Decimal(cell) for cell in row[1:]]

"""starcheck reads the cells of a workbook, with all it recovers and refuses, and does nothing with them."""

import sys
from pathlib import Path

from starcheck.workbook import read_workbook

workbook, _ = read_workbook(Path(sys.argv[1]))
assert workbook is not None
print(len(workbook.sheets[0].rows))

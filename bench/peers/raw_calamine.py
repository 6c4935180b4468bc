"""The cells of a workbook as python-calamine hands them out. Nothing is checked: the floor for reading one."""

import sys

from python_calamine import load_workbook

rows = load_workbook(sys.argv[1]).get_sheet_by_index(0).to_python()
print(len(rows))

"""Sums a column of a record file through numpy.memmap: once for each line on stdin, one line of JSON each.

Arguments: path, offset of the first record, count. The dtype is that of data.ts.
"""
import json
import sys
import time

import numpy

DTYPE = numpy.dtype([
    ('time', '<f8'), ('value', '<f8'), ('id', '<u4'), ('count', '<i4'),
    ('level', '<f4'), ('flags', '<u2'), ('kind', 'u1'), ('valid', 'u1'),
])

path, offset, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
records = numpy.memmap(path, dtype=DTYPE, mode='r', offset=offset, shape=(count,))
for _ in sys.stdin:
    start = time.perf_counter()
    total = records['value'].sum()
    seconds = time.perf_counter() - start
    print(json.dumps({'result': float(total), 'seconds': seconds}), flush=True)

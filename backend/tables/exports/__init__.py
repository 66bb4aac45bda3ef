"""Exports: the rows of a sheet, or of a view of it, as a file of another program's format.

`blocks` reads columnar files a few thousand rows at a time; each format turns such a block into
bytes with a handful of calls over whole columns, so that memory stays flat, and the work is done
outside the interpreter's lock. `formats` is the table of them.
"""

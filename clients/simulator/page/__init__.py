"""The report as one page that needs nothing else, and its plots as files.

`plots` makes charts of a report, `chart` lays a chart out, `svg` and `png` write what came of it.
"""

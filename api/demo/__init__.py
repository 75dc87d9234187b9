"""The demo: a province's offices with their warehouse and some two hundred goods in lively states, and real US transfers beside them.

Everything is done through the use cases, as people would do it, on days of the past months. Done once; a second start goes on.
"""

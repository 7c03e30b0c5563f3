"""Measurements: figure and floor in the same run, interleaved, the ratio printed as met or not
met.
"""

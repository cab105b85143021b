"""Results for people and programs: figures, tables, and files that are written whole or not at all.

The parts are imported where they are used (``symscope.drawing.figure`` loads matplotlib,
``symscope.drawing.table`` loads pyarrow only for Parquet), so that this package costs nothing.
"""

"""Many pictures and sounds, scored once each: a manifest, a store that survives a crash, a table.

``manifest`` says which files, in which order, with the fingerprint of each; ``store`` keeps rows
as they are finished; ``engines`` scores what has none, here or on Dask; ``sounds`` makes one row of
a sound's windows; ``run`` joins them and writes the table.
"""

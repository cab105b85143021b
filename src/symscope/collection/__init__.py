"""Many pictures, scored once each: a manifest, a journal that survives a crash, and a table.

``manifest`` says which pictures, in which order, with the fingerprint of each; ``journal`` keeps
rows as they are finished; ``store`` finds the row of a picture under given settings in it;
``local`` and ``cluster`` score what has none; ``run`` joins them; ``output`` writes the table.
"""

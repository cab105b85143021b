"""Results as figures, shapes, words and tables."""

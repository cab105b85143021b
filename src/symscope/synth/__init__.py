"""Fields and pictures of known symmetry."""

"""Decoy networks: many small networks learn a field; nobody tells them about symmetry."""

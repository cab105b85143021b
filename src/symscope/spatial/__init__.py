"""Signals, volumes and fields of more dimensions: templates, hidden layers, readers, elements."""

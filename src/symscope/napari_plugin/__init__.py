"""symscope in napari: a panel that scores what an Image layer shows, and draws where it is.

``napari.yaml`` tells napari what is here; only ``panel`` imports napari and Qt.
"""

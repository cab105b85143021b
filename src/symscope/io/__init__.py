"""Files, arrays and functions → arrays, in guarded processes where they come from strangers."""

"""How a Field comes to be: pictures, sketches, templates."""

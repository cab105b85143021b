"""Musical names of symmetries, and pictures played as sound."""

"""From notes to what can be heard: scales, notes of a picture, sound, and files of it."""

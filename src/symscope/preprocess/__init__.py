"""Arrays → the Field that decoy networks learn."""

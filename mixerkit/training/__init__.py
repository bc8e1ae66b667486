"""Settings and kinds of training; no loop."""

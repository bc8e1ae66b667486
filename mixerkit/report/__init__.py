"""The page of runs and studies; comparison of runs."""

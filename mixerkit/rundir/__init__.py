"""What lies in a run's folder: schemas, manifest, lock, checkpoints, environment; opened without training code."""

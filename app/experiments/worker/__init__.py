"""What runs in a worker process: the engine, one run, the runs of a cohort, and the process itself."""

"""`python -m app.experiments.worker`: a worker process, as the runner starts it."""

from app.experiments.worker.process import main

if __name__ == "__main__":
    main()

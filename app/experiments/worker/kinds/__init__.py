"""How each kind of experiments is run: `prepare(experiment, engine)`, found by the name of the kind."""

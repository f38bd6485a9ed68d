"""Live figures: a component, fed from the store."""

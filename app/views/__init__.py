"""The pages. They compose what figures, components and experiments give them, and compute nothing."""

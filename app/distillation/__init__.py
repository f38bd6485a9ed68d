"""The distillation core: data, models, losses, training, metrics."""

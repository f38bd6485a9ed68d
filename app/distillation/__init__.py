"""The distillation core: data, models, losses, training, metrics. Torch only; knows no UI, database or lesson."""

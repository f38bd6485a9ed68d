"""Options and settings that several figures share: one key has one name everywhere."""

from pydantic import Field

from app.catalog.families import FamilyId
from app.teaching.figures import Setting

Data = FamilyId
Image = Field(ge=0, lt=1000)  # of the test images whose answers come along

ALPHA = Setting("alpha", "weight on the teacher", 0, 1, step=0.05)
CLASS = Setting("class", "chosen class", 0, 9, option="chosen")
IMAGE = Setting("image", "choice of images", 0, 999)
SCALE = Setting("scale", "scale of the bars", choices=("linear", "log"), option="log")


def temperature(low: float = 1, high: float = 20) -> Setting:
    """The temperature, from `low` to `high`."""
    return Setting("temperature", "temperature", low, high, step=0.5)

"""Press something: a bar, an image, or a place in a chart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.catalog.families import FamilyId
from app.teaching.checks.teacher_says import image_label, teacher_answers, teacher_says
from app.teaching.claims import Claim
from app.teaching.grading import Grade, given_one, one_value
from app.teaching.pick_charts import GainsChart, MapChart, TriedChart
from app.teaching.question import FigureQuestion
from app.teaching.variants import Variant


class Pick(FigureQuestion):
    """Something to press: one of the bars of a teacher's answer, one of several test images, or a place in a chart.

    bars: of this image at `temperature`; images: to choose from; chart: of what was recorded. key: the check that names
    the class, the image, or the place: a number of labels, an alpha, or "temperature, alpha".
    """

    kind: Literal["pick"]
    data: FamilyId = "mnist"
    image: int | str | None = None
    temperature: float | str = 1.0
    images: tuple[int, ...] = ()
    chart: Annotated[GainsChart | TriedChart | MapChart, Field(discriminator="kind")] | None = None
    key_check: Claim = Field(alias="key")

    @model_validator(mode="after")
    def _one_kind(self) -> Pick:
        if (self.image is not None) + bool(self.images) + (self.chart is not None) != 1:
            raise ValueError("give one of “image”, whose bars are shown, “images” to choose from, or a “chart”")
        return self

    def choices(self, asked: Variant) -> list[str]:
        """The things to press: places of a chart, test images by their numbers, or classes. Raises ClaimError."""
        if self.chart is not None:
            return self.chart.drawn(asked).ids
        return [str(image) for image in self.images] or list(teacher_answers(self.data).classes)

    def key(self, asked: Variant) -> str:
        value = one_value(asked.value(self.key_check))
        return value if isinstance(value, str) else str(round(value))

    def grade(self, asked: Variant, given: object) -> Grade:
        pressed, key = given_one(given, self.choices(asked)), self.key(asked)
        return self.judged(asked, float(pressed == key), key)

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        if self.chart is not None:
            return {"chart": self.chart.drawn(asked).to_json()}
        choices, sheet = self.choices(asked), f"api/data/{self.data}/test"
        if self.images:
            images = [f"{sheet}/{image}.png" for image in choices]
            return {"choices": choices, "images": images, "seen": [self._named(int(image)) for image in choices]}
        image = int(asked.of(self.image))
        shares = [share / 100 for share in teacher_says(self.data, image, float(asked.of(self.temperature)))]
        return {"choices": choices, "image": f"{sheet}/{image}.png", "seen": self._named(image), "shares": shares}

    def _named(self, image: int) -> str:
        """A test image in words, for whoever does not see it."""
        return f"Test image {image}, which somebody labelled “{image_label(self.data, image)}”"

    def faults(self, asked: Variant) -> Iterator[str]:
        key = self.key(asked)
        if key not in self.choices(asked):
            yield f"“{key}” is right, but cannot be pressed: add it, or change the key"

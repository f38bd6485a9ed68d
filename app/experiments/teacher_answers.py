"""What a teacher says about test images, as the store keeps it for the page. Imports no torch."""

from typing import TYPE_CHECKING

from app.catalog import declared
from app.store import TeacherAnswers

if TYPE_CHECKING:
    from app.distillation.datasets import Material


def teacher_answers(data: str, teacher: str, material: "Material") -> TeacherAnswers:
    """Accuracy over all test images of `material`, and the logits of the first ones."""
    accuracy = float((material.test_logits.argmax(dim=1) == material.test_labels).double().mean())
    logits = material.test_logits[: declared.SHOWN].numpy().astype("<f2")
    digests = (material.data_digest, material.teacher_digest)
    return TeacherAnswers(data, teacher, *digests, accuracy, len(material.test_labels), logits)

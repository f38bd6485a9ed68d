"""Students that leave the server: which one, as ONNX and as safetensors, with the answers that they have here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from app.catalog.declared import DATA
from app.distillation.datasets import standardised
from app.experiments.files import loader, weights_file
from app.experiments.onnx_file import onnx_file
from app.experiments.recordings import runs as recorded
from app.experiments.students import Student, layers_of, network_of, one_of
from tests.components.networks import every_student, pixels

RUN = recorded.recorded_runs()["recorded-mnist-kd"]
SPEC = RUN.spec.as_dict()
MNIST = DATA["mnist"]


def test_the_first_distilled_student_is_taken_or_the_one_that_is_named() -> None:
    tensors = RUN.weights().tensors()
    first, second = (RUN.spec.seeds[at] for at in (0, 1))
    arm = [one["role"] for one in SPEC["arms"]].index("distilled")
    student = one_of(tensors, SPEC, MNIST)
    assert (student.name, student.place) == (f"distilled.seed{first}", (arm, 0))
    assert np.array_equal(student.tensors["head.bias"], tensors[f"arm{arm}.seed0.head.bias"])
    named = one_of(tensors, SPEC, MNIST, f"labels.seed{second}")
    assert named.place == (1 - arm, 1) and named.arm["role"] == "labels"
    with pytest.raises(ValueError, match=f"no such student in this run: it has .*distilled.seed{first}"):
        one_of(tensors, SPEC, MNIST, "distilled.seed-1")
    with pytest.raises(ValueError, match="damaged"):
        one_of({name: value for name, value in tensors.items() if "head.bias" not in name}, SPEC, MNIST)


def test_an_onnx_file_answers_as_the_student_does() -> None:
    for name, network, data in every_student():
        shown = np.ascontiguousarray(pixels(data)[:3])
        with torch.inference_mode():
            said = network(standardised(shown, data.mean, data.spread)).numpy()
        tensors = {layer: value.numpy() for layer, value in network.state_dict().items()}
        student = Student("distilled.seed1", {"role": "distilled"}, (0, 0), network.architecture, data, tensors)
        session = onnxruntime.InferenceSession(onnx_file(student, {"run": "abc"}), providers=["CPUExecutionProvider"])
        (found,) = session.run(["logits"], {"pixels": shown.astype(np.float32)})
        np.testing.assert_allclose(found, said, atol=1e-4, err_msg=name)
        about = session.get_modelmeta().custom_metadata_map
        assert about == {"run": "abc", "student": "distilled.seed1", "arm": '{"role": "distilled"}'}


def test_the_script_for_pytorch_reads_the_weights_and_answers_as_the_students_do(tmp_path: Path) -> None:
    file, images = tmp_path / "weights.safetensors", pixels(MNIST)[:100]
    network = network_of(layers_of(SPEC, MNIST), MNIST)
    file.write_bytes(weights_file({"run": RUN.id}, SPEC, RUN.weights().tensors(), network))
    script = loader(file.as_posix(), f"distilled.seed{RUN.spec.seeds[0]}")
    assert script.count("\n") <= 12
    made: dict[str, Any] = {}
    exec(compile(script, "load_weights.py", "exec"), made)
    arm = [one["role"] for one in SPEC["arms"]].index("distilled")
    found = made["logits"](torch.tensor(images, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(found, RUN.answers().students[-1][arm, 0, :100].astype(float), atol=0.02)

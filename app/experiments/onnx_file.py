"""A student as an ONNX file, written from its layers as data."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, checker, helper, numpy_helper

from app.catalog import architecture
from app.experiments.students import Student

OPSET, IR = 17, 8  # of 2022: what reads newer files reads these as well
PIXELS, LOGITS = "pixels", "logits"


def onnx_file(student: Student, about: Mapping[str, str]) -> bytes:
    """Its network, which takes pixels 0 … 255 as float32, (images, channels, side, side), and gives logits (images,
    classes). Standardising is a part of it. about: words to keep in the file.
    """
    data, nodes, values = student.data, list[onnx.NodeProto](), PIXELS
    looks = {"most": [255], "mean": data.mean, "spread": data.spread}
    held = {name: np.asarray(value, np.float32).reshape(1, -1, 1, 1) for name, value in looks.items()}
    held |= {name: np.asarray(value, np.float32) for name, value in student.tensors.items()}

    def then(kind: str, *others: str, **attributes: Any) -> str:
        made = f"{kind.lower()}{len(nodes)}"
        nodes.append(helper.make_node(kind, [values, *others], [made], made, **attributes))
        return made

    for kind, name in (("Div", "most"), ("Sub", "mean"), ("Div", "spread")):
        values = then(kind, name)
    for layer in student.layers:
        match layer:
            case architecture.Conv():
                values = then(
                    *("Conv", *_weights(layer)),
                    kernel_shape=[layer.filter] * 2,
                    strides=[layer.stride] * 2,
                    pads=[layer.padding] * 4,
                )
            case architecture.Linear():
                values = then("Gemm", *_weights(layer), transB=1)
            case architecture.Relu():
                values = then("LeakyRelu", alpha=layer.slope) if layer.slope else then("Relu")
            case architecture.Flatten():
                values = then("Flatten")
            case architecture.Image() | architecture.Features():
                pass
            case _:
                raise ValueError(f"A student has no layer of the kind {type(layer).__name__}.")
    nodes[-1].output[0] = LOGITS
    side = (data.channels, data.size, data.size)
    graph = helper.make_graph(
        nodes,
        "student",
        [helper.make_tensor_value_info(PIXELS, TensorProto.FLOAT, ["images", *side])],
        [helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["images", data.classes])],
        [numpy_helper.from_array(value, name) for name, value in held.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    model.producer_name = "Distillery"
    helper.set_model_props(model, {**about, "student": student.name, "arm": json.dumps(student.arm)})
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _weights(layer: architecture.Conv | architecture.Linear) -> list[str]:
    return [f"{layer.name}.weight", *([f"{layer.name}.bias"] if layer.bias else [])]

"""What is stored of a network in fewer bytes is what is read back, and it is as small as it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.catalog import available
from app.catalog.declared import STUDENTS, TERNARY
from app.distillation.int8 import in_int8
from app.distillation.models import Network, build_student
from app.distillation.packing import Code, LowRank, Plain, Rounded, Sparse, kept_largest, pack, stored, unpack

ROWS = np.random.default_rng(0).normal(size=(37, 23)).astype(np.float32)


@pytest.mark.parametrize("per_output", [True, False])
@pytest.mark.parametrize(("bits", "values"), [(1, 2), (2, 4), (3, 8), (5, 32), (8, 256), (TERNARY, 3)])
def test_rounded_weights_are_read_back_from_as_many_bits(bits: float, values: int, per_output: bool) -> None:
    code = Rounded(bits, per_output)
    content = code.write(ROWS)
    read, taken = code.read(memoryview(content + b"more"), (37, 23))
    scales = 37 if per_output else 1
    of_weights = -(-37 * 23 // 5) if bits == TERNARY else -(-37 * 23 * int(bits) // 8)
    assert taken == len(content) == 4 * scales + of_weights
    assert max(len({*row.tolist()}) for row in (read if per_output else read.reshape(1, -1))) <= values
    again, _ = code.read(memoryview(code.write(read)), (37, 23))
    np.testing.assert_allclose(again, read, rtol=0.06, err_msg="what lies on a grid stays about there")
    spread = {1: 0.61, TERNARY: 0.45, 2: 0.36, 3: 0.22, 5: 0.07, 8: 0.02}[bits]
    assert np.sqrt(np.square(read - ROWS).mean()) < spread, "of weights whose spread is 1"


def test_a_scale_for_each_output_errs_less_where_outputs_differ() -> None:
    rows = ROWS * np.logspace(0, 3, 37, dtype=np.float32)[:, None]
    each, one = (
        Rounded(4, per_output=per).read(memoryview(Rounded(4, per).write(rows)), (37, 23))[0] for per in (True, False)
    )
    assert np.abs(each - rows)[:20].max() < 0.2 * np.abs(one - rows)[:20].max()


@pytest.mark.parametrize("code", [Plain(), Plain(half=True), Rounded(4), Rounded(TERNARY), Sparse(), LowRank(0.5)])
def test_a_network_is_read_back_from_what_is_stored_of_it(code: Code) -> None:
    student = _student()
    state = student.state_dict()
    content = pack(state, code)
    read = unpack(content, state, code)
    assert pack(read, Plain()) == pack(unpack(content, state, code), Plain())
    for name, value in state.items():
        assert read[name].shape == value.shape
        if value.ndim == 1:
            assert torch.equal(read[name], value), "biases stay as they are"
    if code == Plain():
        assert len(content) == 4 * sum(value.numel() for value in state.values())
        assert all(torch.equal(read[name], value) for name, value in state.items())
    with pytest.raises(ValueError, match="1 bytes are left over"):
        unpack(content + b"1", state, code)


def test_of_a_pruned_network_only_the_largest_weights_are_stored() -> None:
    student = _student()
    masks = kept_largest(student.state_dict(), 0.1)
    with torch.no_grad():
        for name, mask in masks.items():
            student.get_parameter(name).mul_(mask)
    weights = [value for value in stored(student.state_dict()).values() if value.ndim > 1]
    kept, count = sum(int((value != 0).sum()) for value in weights), sum(value.numel() for value in weights)
    assert kept == pytest.approx(0.1 * count, abs=1)
    biases = sum(value.numel() for value in student.state_dict().values() if value.ndim == 1)
    of_masks = sum(-(-value.numel() // 8) for value in weights)
    assert len(pack(student.state_dict(), Sparse())) == 4 * biases + of_masks + 2 * kept
    smallest = min(float(value[value != 0].abs().min()) for value in weights)
    assert smallest > 0


def test_int8_kernels_say_nearly_what_floats_say() -> None:
    student, images = _student(), torch.randn(40, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        said, meant = in_int8(student, images)(images), student(images)
    assert not torch.equal(said, meant)
    assert float((said - meant).square().mean() / meant.var()) < 1e-3


def _student() -> Network:
    student = build_student(STUDENTS["cnn-9k"], available.data_sets()["mnist"], torch.Generator().manual_seed(3))
    return student.eval().requires_grad_(False)

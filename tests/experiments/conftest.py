"""What the tests of experiments share: the engine that trains them."""

from collections.abc import Iterator

import pytest
import torch

from app.catalog import declared
from app.experiments.worker.engine import TorchEngine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TorchEngine]:
    """Warm, in a home of its own: the teacher answers once for all tests."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISTILLERY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("DATABASE_URL", raising=False)
        made = TorchEngine()
        answers = made.warm()
        assert answers.logits.shape == (declared.SHOWN, declared.CLASSES) and answers.accuracy > 0.99
        yield made
    torch.set_num_threads(threads)

"""Models that others wrote compute and train the same under Paddle, without hand edits."""

from __future__ import annotations

import pytest

from .cases import CASES
from .run import Outcome, run_models, table

pytestmark = [pytest.mark.frameworks, pytest.mark.download]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    results = run_models(work=tmp_path_factory.mktemp("models"))
    print(table(results))
    return {outcome.name: outcome for outcome in results}


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_model(name: str, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[name]
    assert not outcome.error, outcome.error
    assert outcome.equal, f"differs: {outcome.differences}"

"""The types that the converter infers for receivers are those of a real run."""

from __future__ import annotations

import pytest

from .compare import compare, report


@pytest.mark.frameworks
@pytest.mark.download
def test_receivers_are_known_and_none_is_harmful() -> None:
    by_package = compare()
    places = [place for found in by_package.values() for place in found]
    text = "\n".join(report(by_package))
    print(text)
    assert not [place for place in places if place.harmful], text
    assert sum(place.known for place in places) >= 0.9 * len(places), text

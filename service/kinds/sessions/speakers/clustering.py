"""Put windows of speech into as many heaps as there are speakers: spherical k-means, the same every time.

I. Dhillon and D. Modha, "Concept decompositions for large sparse text data using clustering" (2001), with the
seeding of k-means++ (D. Arthur and S. Vassilvitskii, 2007).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.kinds.sessions.speakers.features import Matrix

_RESTARTS: Final = 16
_ROUNDS: Final = 50

Labels = NDArray[np.int64]


def clustered(points: Matrix, weights: Matrix, count: int) -> Labels:
    """Return a label, 0 to count-1, for each point (rows; none is all zero); weights are their importance."""
    if count <= 1 or len(points) <= 1:
        return np.zeros(len(points), np.int64)
    unit = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
    random = np.random.default_rng(7)
    tries = [_once(unit, weights, min(count, len(points)), random) for _ in range(_RESTARTS)]
    return max(tries, key=lambda one: one[0])[1]


def _once(unit: Matrix, weights: Matrix, count: int, random: np.random.Generator) -> tuple[float, Labels]:
    centres = _seeds(unit, weights, count, random)
    labels = np.full(len(unit), -1, np.int64)
    for _ in range(_ROUNDS):
        alike = unit @ centres.T
        now = alike.argmax(axis=1)
        if np.array_equal(now, labels):
            break
        labels = now
        for number in range(count):
            centre = (unit[labels == number] * weights[labels == number, None]).sum(axis=0)
            length = float(np.linalg.norm(centre))
            if length > 1e-9:  # a heap that has become empty keeps its place
                centres[number] = centre / length
    alike = unit @ centres.T
    return float((alike.max(axis=1) * weights).sum()), labels


def _seeds(unit: Matrix, weights: Matrix, count: int, random: np.random.Generator) -> Matrix:
    centres = [unit[random.choice(len(unit), p=weights / weights.sum())]]
    while len(centres) < count:
        far = np.clip(1.0 - (unit @ np.stack(centres).T).max(axis=1), 0.0, None) * weights
        total = float(far.sum())
        chance = far / total if total > 1e-9 else weights / weights.sum()
        centres.append(unit[random.choice(len(unit), p=chance)])
    return np.stack(centres)

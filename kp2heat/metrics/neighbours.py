"""Rows that share an image, as a padded table."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Ints


def rank_within(image: Ints) -> Ints:
    """(N,): the how-manieth row of its image each row is, from 0, in order."""
    order = np.argsort(image, kind="stable")
    sorted_image = image[order]
    first = np.searchsorted(sorted_image, sorted_image, side="left")
    rank = np.empty(len(image), np.int64)
    rank[order] = np.arange(len(image)) - first
    return rank


def rows_of(image: Ints, images: int) -> Ints:
    """(images, G): the rows of each image in order, padded with -1; G is the most an image has (at least 1)."""
    rank = rank_within(image)
    table = np.full((images, int(rank.max(initial=0)) + 1), -1, np.int64)
    table[image, rank] = np.arange(len(image))
    return table

"""Tables of the rows that share an image."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Ints


def rank_within(image: Ints) -> Ints:
    """Return the (N,) position of each row among the rows of its image, counted from 0.

    >>> rank_within(np.array([7, 3, 7]))
    array([0, 0, 1])
    """
    order = np.argsort(image, kind="stable")
    sorted_image = image[order]
    first = np.searchsorted(sorted_image, sorted_image, side="left")
    return (np.arange(len(image)) - first)[np.argsort(order)]


def rows_of(image: Ints, images: int) -> Ints:
    """Return the rows of each image in order as (images, G), padded with -1; G is the most an image has, at least 1.

    >>> rows_of(np.array([1, 0, 1]), 2)
    array([[ 1, -1],
           [ 0,  2]])
    """
    rank = rank_within(image)
    table = np.full((images, int(rank.max(initial=0)) + 1), -1, np.int64)
    table[image, rank] = np.arange(len(image))
    return table

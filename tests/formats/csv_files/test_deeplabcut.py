from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.errors import InputError


def read(tmp_path: Path, text: str, **options: Any) -> Any:
    path = tmp_path / "CollectedData.csv"
    path.write_text(text)
    return formats.read(path, **options)


THREE = "scorer,me,me,me,me\nbodyparts,snout,snout,tail,tail\ncoords,x,y,x,y\nlabeled-data/v/1.png,1,2,,\nlabeled-data/v/2.png,,,,\n"


def test_three_header_rows(tmp_path: Path) -> None:
    a = read(tmp_path, THREE)
    assert a.skeleton.names == ("snout", "tail")
    assert a.images.file_name.tolist() == ["labeled-data/v/1.png", "labeled-data/v/2.png"]
    np.testing.assert_array_equal(a.visible, [[2, 0], [0, 0]])
    assert a.reading.startswith(
        "DeepLabCut 3-row header, 2 joints, 2 rows in 2 images, 1 labelled joint (75.0% missing)"
    )


def test_three_index_columns_and_windows_paths(tmp_path: Path) -> None:
    split = (
        THREE.replace("scorer,", "scorer,,,")
        .replace("bodyparts,", "bodyparts,,,")
        .replace("coords,", "coords,,,")
    )
    a = read(tmp_path, split.replace("labeled-data/v/", "labeled-data,v,"))
    b = read(tmp_path, THREE.replace("/", "\\"))
    for other in (a, b):
        assert other.images.file_name.tolist() == read(tmp_path, THREE).images.file_name.tolist()
        np.testing.assert_array_equal(other.visible, [[2, 0], [0, 0]])


def test_first_data_row_empty(tmp_path: Path) -> None:
    swapped = THREE.replace("1.png,1,2,,", "1.png,,,,").replace("2.png,,,,", "2.png,1,2,,")
    np.testing.assert_array_equal(read(tmp_path, swapped).visible, [[0, 0], [2, 0]])


def test_individuals(tmp_path: Path) -> None:
    text = (
        "scorer,s,s,s,s,s,s\nindividuals,m1,m1,m2,m2,single,single\nbodyparts,snout,snout,snout,snout,ball,ball\n"
        "coords,x,y,x,y,x,y\n1.png,1,2,3,4,,\n2.png,,,5,6,7,8\n"
    )
    a = read(tmp_path, text)
    assert a.skeleton.names == ("snout", "ball")
    assert a.image.tolist() == [0, 0, 1, 1]
    nan = [np.nan, np.nan]
    np.testing.assert_array_equal(a.xy, [[[1, 2], nan], [[3, 4], nan], [[5, 6], nan], [nan, [7, 8]]])


def test_predictions_with_likelihood_and_set(tmp_path: Path) -> None:
    text = "scorer,n,n,n,\nbodyparts,a,a,a,set\ncoords,x,y,likelihood,\n0,1,2,0.9,train\n1,3,4,0.1,test\n"
    a = read(tmp_path, text, min_likelihood=0.6)
    np.testing.assert_array_equal(a.visible, [[2], [0]])
    assert a.images.id.tolist() == [0, 1]


def test_visible_column(tmp_path: Path) -> None:
    text = (
        "scorer,n,n,n\nbodyparts,a,a,a\ncoords,x,y,visible\n1.png,1,2,1\n2.png,3,4,2\n3.png,,,0\n4.png,,,1\n"
    )
    np.testing.assert_array_equal(read(tmp_path, text).visible, [[1], [2], [0], [0]])


def test_header_rows_that_disagree(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names 5 bodyparts for 4 coords"):
        read(tmp_path, THREE.replace("coords,x,y,x,y", "coords,x,y,x"))


@pytest.mark.parametrize(
    "text", ["scorer,s,s\nbodyparts,a,a\ncoords,x,y\n", "scorer,,,s,s\nbodyparts,,,a,a\ncoords,,,x,y"]
)
def test_a_header_alone_has_no_rows(tmp_path: Path, text: str) -> None:
    assert len(read(tmp_path, text)) == 0


def test_words_in_a_column_named_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 4, column 2: 'q' is not a number"):
        read(tmp_path, "scorer,s,s,s\nbodyparts,a,a,a\ncoords,x,y,x\nv,q,2,3\n")

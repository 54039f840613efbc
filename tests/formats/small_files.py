"""A small whole file of every format."""

from __future__ import annotations

from typing import Any


def coco(third: Any = 2, **more: Any) -> dict[str, Any]:
    annotations = [
        {
            "id": n,
            "image_id": n % 2 + 1,
            "category_id": 1,
            "keypoints": [10 + n, 20, third, 30, 40 + n, third, 0, 0, 0],
            "bbox": [1, 2, 30, 40],
            "area": 1200.5,
            "iscrowd": 0,
            "num_keypoints": 2,
            "segmentation": [[1, 2, 3, 4]],
        }
        | more
        for n in range(4)
    ]
    return {
        "info": {"year": 2026},
        "images": [{"id": i, "file_name": f"{i}.png", "width": 64, "height": 48} for i in (1, 2, 3)],
        "annotations": annotations,
        "categories": [
            {"id": 1, "name": "p", "keypoints": ["a", "b_l", "b_r"], "skeleton": [[1, 2], [1, 3]]}
        ],
    }


WHOLE_BODY = {
    "foot_kpts": [1, 2, 2] * 6,
    "face_kpts": [0] * 204,
    "lefthand_kpts": [3.5, 4, 0.5] * 21,
    "righthand_kpts": [0] * 63,
    "keypoints": [10, 20, 2] * 17,
}
JSON: dict[str, Any] = {
    "coco": coco(),
    "coco flags": coco(1),
    "coco scores": coco(0.7),
    "nested": coco(keypoints=[[10, 20, 2], [30, 40, 1], [0, 0, 0]]),
    "pairs": coco(keypoints=[10, 20, 30, 40, 0, 0]),
    "center": coco(bbox=None, center=[20, 20], scale=0.5),
    "whole body": {**coco(**WHOLE_BODY), "categories": []},
    "results": [
        {"image_id": n, "category_id": 1, "keypoints": [1, 2, 0.5] * 3, "score": 0.5} for n in range(5)
    ],
    "mpii": [
        {
            "image": "a.png",
            "joints": [[5.0, 6.0]] * 16,
            "joints_vis": [1] * 16,
            "center": [9, 9],
            "scale": 1.0,
        }
        for _ in range(3)
    ],
    "aic": [
        {
            "image_id": "x",
            "keypoint_annotations": {"human1": [1, 2, 1] * 14},
            "human_annotations": {"human1": [1, 2, 3, 4]},
        }
    ],
}
CSV: dict[str, str] = {
    "wide": "image,width,height,a_x,a_y,a_v,b_x,b_y,b_v\n1.png,64,48,1.5,2,2,3,4,1\n2.png,64,48,5,6,2,,,0\n",
    "score": "image,a_x,a_y,a_likelihood\n1.png,10,20,0.5\n2.png,30,40,0.9\n",
    "dlc": "scorer,s,s,s,s\nbodyparts,a,a,b,b\ncoords,x,y,x,y\nv/1.png,1,2,3,4\nv/2.png,,,5,6\n",
    "dlc individuals": "scorer,s,s,s,s\nindividuals,p,p,q,q\nbodyparts,a,a,a,a\ncoords,x,y,x,y\nv,1,2,3,4\nw,,,5,6\n",
    "dlc index": "scorer,,,s,s,s\nbodyparts,,,a,a,a\ncoords,,,x,y,likelihood\nd,v,1.png,1,2,0.5\nd,v,2.png,3,4,0.6\n",
    "long": "image,keypoint,x,y,v\n1.png,a,1,2,2\n1.png,b,3,4,2\n2.png,a,5,6,1\n",
    "numbers": ",0,1,2,3\na.png,1,2,3,4\nb.png,5,6,-1,-1\n",
    "headerless": "a.png,1.5,2,3,4\nb.png,5,6,7,8\n",
    "semicolon": "frame;x_a;y_a\r\n0;1,5;2,5\r\n1;3,5;4,5\r\n",
    "via": "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
    '1.png,9,{},1,0,"{""name"":""point"",""cx"":3,""cy"":4}","{""part"":""a""}"\n',
}

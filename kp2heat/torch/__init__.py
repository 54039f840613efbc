"""Training with PyTorch: pictures and labels together, labels drawn on the device, decoding inside a model.

Needs ``pip install 'kp2heat[torch]'``; nothing else in kp2heat imports PyTorch.
"""

from __future__ import annotations

from kp2heat.errors import DependencyError

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise DependencyError("torch", f"does not load ({error})", "pip install 'kp2heat[torch]'") from None

from kp2heat.torch.decoding.map_decoding import MapDecoder, decode
from kp2heat.torch.decoding.vector_decoding import VectorDecoder, decode_vectors
from kp2heat.torch.drawing.label_buffer import LabelBuffer
from kp2heat.torch.drawing.rendering import render
from kp2heat.torch.training.batches import collate
from kp2heat.torch.training.dataset import PoseDataset
from kp2heat.torch.training.pictures import normalize_images
from kp2heat.torch.training.sampler import PoseSampler

__all__ = [
    "LabelBuffer",
    "MapDecoder",
    "PoseDataset",
    "PoseSampler",
    "VectorDecoder",
    "collate",
    "decode",
    "decode_vectors",
    "normalize_images",
    "render",
]

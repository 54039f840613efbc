"""Train a small network on the sample figures, on the CPU, in about two minutes.

    pip install 'kp2heat[torch]'
    python sample_data/train.py trained

Their labels are encoded to ``trained/labels``, and the network's maps are written to ``trained/predictions.npy``, which

    kp2heat decode trained/labels --predictions trained/predictions.npy

turns into keypoints and an error report, as for any other network. Pictures and labels come from
``kp2heat.torch.PoseDataset``: rotated, scaled and mirrored anew in every epoch, labels drawn at the moved joints.
There are only fifty figures, and the network is tested on those it was trained with: the error says that pictures,
labels, maps and decoding fit each other, not how well the network would do on new figures.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

import kp2heat
from kp2heat.pipeline.training.augment import Augment
from kp2heat.torch import PoseDataset, PoseSampler, collate

FOLDER = Path(__file__).parent
SPEC = kp2heat.Spec(codec="gaussian", input_size=(64, 96), strides=(4,), fit="crop")
RECIPE = Augment(rotate=15, scale=(0.9, 1.1), shift=0.03, flip=0.5)
LEVEL = "16x24"
BATCH, RATE = 16, 5e-3
POSITIVE = 20.0
"""Weight of a blob's cells in the loss: most cells of a map are background."""


class Network(nn.Module):
    """A small encoder with a wide view, and maps at a quarter of the input."""

    def __init__(self, joints: int, width: int = 24) -> None:
        super().__init__()

        def block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
            conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())

        self.quarter = nn.Sequential(
            block(3, width // 2, 2), block(width // 2, width, 2), block(width, width)
        )
        self.eighth = nn.Sequential(block(width, 2 * width, 2), block(2 * width, 2 * width))
        self.rest = nn.Sequential(
            block(2 * width, 3 * width, 2), block(3 * width, 3 * width), block(3 * width, 2 * width)
        )
        self.join = block(2 * width, width)
        self.head = nn.Sequential(block(2 * width, width), nn.Conv2d(width, joints, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, h, w) pictures -> (N, K, h / 4, w / 4) maps."""
        quarter = self.quarter(pictures)
        eighth = self.eighth(quarter)
        eighth = eighth + nn.functional.interpolate(self.rest(eighth), scale_factor=2, mode="bilinear")
        wide = nn.functional.interpolate(self.join(eighth), scale_factor=2, mode="bilinear")
        return self.head(torch.cat([quarter, wide], dim=1))


def loss_of(maps: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Squared error of the joints that have a weight, blobs counting more than background."""
    target, weight = batch[LEVEL]["heatmaps"], batch[LEVEL]["weights"][..., None, None]
    return (weight * (1 + POSITIVE * target) * (maps - target) ** 2).mean()


def train(data: PoseDataset, epochs: int, seed: int) -> Network:
    """Train for so many epochs, the learning rate falling to 0."""
    torch.manual_seed(seed)
    network = Network(joints=len(data.labels.annotations.skeleton))
    sampler = PoseSampler(data, BATCH, seed=seed)
    loader = DataLoader(data, BATCH, sampler=sampler, collate_fn=collate)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, epochs=epochs, steps_per_epoch=len(loader))
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        data.set_epoch(epoch)
        losses = []
        for batch in loader:
            loss = loss_of(network(batch["image"]), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            falling.step()
            losses.append(loss.item())
        if epoch % 10 == 9:
            sys.stdout.write(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}\n")
    return network.eval()


def main() -> None:
    """Encode, train, predict."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder for labels and predictions")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    rows = kp2heat.read(FOLDER / "annotations.json")
    kp2heat.encode_dataset(rows, args.out / "labels", SPEC, overwrite=True)
    images = FOLDER / "images"
    data = PoseDataset(rows, SPEC, images=images, augment=RECIPE, seed=args.seed)
    network = train(data, args.epochs, args.seed)

    pictures = DataLoader(PoseDataset(args.out / "labels", images=images), BATCH, collate_fn=collate)
    with torch.no_grad():
        maps = np.concatenate([network(batch["image"]).numpy() for batch in pictures])
    np.save(args.out / "predictions.npy", maps)
    sys.stdout.write(f"kp2heat decode {args.out}/labels --predictions {args.out}/predictions.npy\n")


if __name__ == "__main__":
    main()

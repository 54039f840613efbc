"""kp2heat: keypoint annotations to heatmap labels, and heatmaps back to keypoints."""

__version__ = "0.1.0"

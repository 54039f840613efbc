"""Speed, as ratios: kp2heat beside the script it replaces, in one run, round after round."""

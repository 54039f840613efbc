"""Measure speed as ratios: kp2heat and the script it replaces alternate in one run."""

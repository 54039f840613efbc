#!/bin/sh
# The parts of an encoding by GNU parallel, on this machine or on others that share the folder, then the merge:
#
#   configs/cluster/parallel.sh 8 keypoints.json labels --preset people-28-14-7
#   PARALLEL='--sshlogin node1,node2 --workdir .' configs/cluster/parallel.sh 64 keypoints.json labels ...
set -eu
parts=$1
out=$3
shift
parallel --halt soon,fail=1 kp2heat encode "$@" --quiet --part "{}/$parts" ::: $(seq "$parts")
exec kp2heat merge "$out"

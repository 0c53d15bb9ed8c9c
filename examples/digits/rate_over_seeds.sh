#!/bin/sh
# Shows the digits as images, coded as spikes with other random numbers for each seed, and tells how
# much the accuracy depends on them.
# usage: rate_over_seeds.sh CLIF_PROGRAM [SEEDS]     from the root of the source tree
set -eu
clif=$1
seeds=${2:-20}
digits=examples/digits

seed=1
while [ "$seed" -le "$seeds" ]; do
  "$clif" run $digits/digits.nir $digits/images.npy --dt 1e-3 --compat snntorch \
    --coding rate --steps 25 --seed "$seed" --labels $digits/labels.npy
  seed=$((seed + 1))
done | awk -v wanted="$seeds" '
  $1 == "accuracy" { n++; sum += $2; squares += $2 * $2
                     if (n == 1 || $2 < low) low = $2
                     if (n == 1 || $2 > high) high = $2 }
  END { if (n != wanted) { # the program has said why
          print "rate_over_seeds: " n + 0 " of " wanted " runs told their accuracy" | "cat >&2"
          exit 1
        }
        mean = sum / n
        spread = n > 1 ? sqrt((squares - n * mean * mean) / (n - 1)) : 0
        printf "%d seeds: accuracy %.4f, standard deviation %.4f, from %.3f to %.3f\n",
               n, mean, spread, low, high }'

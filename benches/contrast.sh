#!/bin/sh
# axonal beside other simulators, one after the other on this machine: a line a task, with the ratio.
#     benches/contrast.sh [PYTHON]      a Python with the packages that benches/contrast_peers.py names
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}
own=$(mktemp) && peers=$(mktemp)
trap 'rm -f "$own" "$peers"' EXIT
cargo bench --quiet --bench contrast > "$own"
"$python" benches/contrast_peers.py > "$peers"
awk -F '\t' '
    FNR == NR { if (!($1 in mine)) { mine[$1] = $2; order[++count] = $1 } next }
    !($1 in best) || $3 < best[$1] { best[$1] = $3; name[$1] = $2 }
    END {
        printf "%-18s %12s   %-14s %12s %8s\n", "task", "axonal (ms)", "fastest peer", "(ms)", "ratio"
        for (i = 1; i <= count; i++) {
            task = order[i]
            if (task in best)
                printf "%-18s %12.2f   %-14s %12.2f %8.2f\n", task, mine[task], name[task], best[task], best[task] / mine[task]
        }
    }' "$own" "$peers"

#!/usr/bin/env bash
# Fuzzes each target for a share of $1 seconds, then the running service's contract. Findings stay in build/fuzz/findings.
# FUZZ_ONLY may name one target.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
python=$(realpath -s "$2")
fuzzing=$(realpath -s "$3")
work=build/fuzz
mkdir -p "$work/findings"
# atheris lies in an environment of its own and sees the service's packages behind it.
PYTHONPATH="$PWD:$("$python" -c 'import site; print(site.getsitepackages()[0])')"
export PYTHONPATH
"$python" fuzz/seed_files.py "$work/seeds"

targets=(header decode request framing)
share=$((seconds / ${#targets[@]}))
status=0
for target in "${targets[@]}"; do
    [[ -z "${FUZZ_ONLY:-}" || "$FUZZ_ONLY" == "$target" ]] || continue
    seeds=$work/seeds/pictures
    [[ $target != request && $target != framing ]] || seeds=$work/seeds/requests
    mkdir -p "$work/corpus/$target"
    echo "fuzz_$target: $share s"
    # A run of one input is bounded by 10 s and 1.5 GB. What libraries write to stderr is left out.
    "$fuzzing" "fuzz/fuzz_$target.py" "$work/corpus/$target" "$seeds" \
        -max_total_time="$share" -timeout=10 -rss_limit_mb=1500 -max_len=65536 -close_fd_mask=2 -print_final_stats=1 \
        -artifact_prefix="$work/findings/$target-" >"$work/$target.log" 2>&1 || { status=1; echo "found something"; }
    grep -E "DONE|stat::number_of_executed_units|ERROR|Exception|SUMMARY" "$work/$target.log" | tail -4 || tail -n 5 "$work/$target.log"
done
if [[ -z "${FUZZ_ONLY:-}" || "$FUZZ_ONLY" == contract ]]; then
    "$python" fuzz/contract.py "$fuzzing" >"$work/contract.log" 2>&1 || { status=1; echo "found something"; }
    grep -E "tested|Tested|passed|failed|generated" "$work/contract.log" || tail -n 5 "$work/contract.log"
fi
exit $status

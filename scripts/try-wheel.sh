#!/usr/bin/env bash
# Use the wheel that scripts/build-wheel.sh left in a folder (default: dist) as `uvx semst` would: in an environment of
# its own, made and forgotten. Needs uv. UV_TORCH_BACKEND=cpu keeps CUDA out.
set -euo pipefail
cd "$(dirname "$0")/.."
wheel=$(ls "${1:-dist}"/semst-*.whl)
wheel=$(cd "$(dirname "$wheel")" && pwd)/$(basename "$wheel")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
uvx --from "$wheel" semst --version
uvx --from "$wheel" semst demo --out-dir demo --quiet

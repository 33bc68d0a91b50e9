#!/bin/sh
# Builds the emulator and its self-test in a temporary folder and runs the test.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$here/../build.sh" "$folder"
"${CXX:-g++}" -std=c++17 -O1 -Wall -Wextra -o "$folder/self-test" "$here/self-test.cpp" -ldl
"$folder/self-test" "$folder/libxlm-cuda-emulator.so"

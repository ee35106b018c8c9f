#!/bin/sh
# Makes ./configure from configure.ac; needed in a clone, not in a release.
set -eu
cd "$(dirname "$0")"
exec autoreconf --install --warnings=all

#!/usr/bin/env bash
# Builds the Debian packages of the last commit in build/deb, without its tests.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(make -s version)
rm -rf build/deb
mkdir -p build/deb/source
git archive HEAD | tar -x -C build/deb/source
cd build/deb/source
date=$(git log -1 --format=%cD)
cat > debian/changelog <<END
horn ($version) unstable; urgency=medium

  * See CHANGELOG.md.

 -- The Horn authors <horn@localhost>  $date
END
DEB_BUILD_OPTIONS="nocheck parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" dpkg-buildpackage -b -us -uc
cd ..
rm -rf source
ls ./*.deb

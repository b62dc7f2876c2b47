#!/usr/bin/env bash
# Builds the worker of mediasoup, the SFU that tests attach to, once, and prints where it is. Its npm package ships the
# source, but would download libraries and a build tool: here they are Debian's. Needs SFU_PACKAGES of setup.sh, and
# clients/mediasoup/node_modules; two minutes of CPU, kept in ~/.cache/callcast until the version or this changes.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/setup.sh"
package=$here/../clients/mediasoup/node_modules/mediasoup
[ -d "$package/worker" ] || die "$package is missing: run 'npm ci --ignore-scripts' in clients/mediasoup"
version=$(sed -n 's/^\t*"version": "\(.*\)",$/\1/p' "$package/package.json")
hash=$(cat "$here/mediasoup.sh" "$here"/mediasoup/* | sha256sum | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/callcast
worker=$cache/mediasoup-worker-$version-$hash
mkdir -p "$cache"
exec 9>"$cache/mediasoup-worker.lock"
flock 9
if [ -x "$worker" ]; then
  echo "$worker"
  exit
fi
say "building the worker of mediasoup $version (once; a few minutes) ..."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cp -r "$package/worker" "$build/worker"
cd "$build/worker"
# Debian 12's meson; nothing that the build uses is newer.
sed -i "s/meson_version: '>= [0-9.]*'/meson_version: '>= 1.0.0'/" meson.build
rm -rf subprojects
library() { # NAME VARIABLE=DEPENDENCY...: a subproject that is a library of Debian's; what it would link whole is nothing
  local name=$1 variable
  shift
  mkdir -p "subprojects/$name"
  {
    echo "project('$name', 'c', 'cpp')"
    for variable in "$@"; do echo "${variable%%=*} = ${variable#*=}"; done
  } >"subprojects/$name/meson.build"
  : >"subprojects/$name/meson_options.txt"
}
library libuv libuv="[]" libuv_dep="dependency('libuv')"
library openssl libcrypto_lib="[]" libssl_lib="[]" openssl_dep="dependency('openssl')"
library libsrtp3 libsrtp3="[]" libsrtp3_dep="dependency('libsrtp2')"
library flatbuffers flatbuffers_lib="[]" flatbuffers_dep="dependency('flatbuffers')"
sed -i "s/dependency('unordered_dense')/declare_dependency()/; /'\(build_tests\|build_benchmarks\)=false'/d
  /'\(crypto-library\|crypto-library-kdf\|tests\)=[a-z]*'/d" meson.build
# Debian's OpenSSL can do TLS in the kernel, and asks the worker's BIO for it. The callback there says 1 to everything, so no
# buffer is allocated and the first browser ends the worker.
sed -i 's/(operationType == BIO_CB_RETURN)/((operationType \& BIO_CB_RETURN) != 0)/' src/RTC/DtlsTransport.cpp
# Headers cost more than the code: a dozen files at a time are compiled as one, a sixth of the time. What several of them
# call by one name, each for itself, gets a number there.
names="onAlloc onRead onWrite onShutdown onClose onCloseTcp onConnection GlobalSyncMutex GlobalInstances
  BweDowngradeConservativeMs BweDowngradeMinActiveMs CongestionControllerMinBitrate IceCandidateDefaultLocalPriority
  IceTypePreference IceComponent generateIceCandidatePriority MaxDropout MaxMisorder RtpSeqMod PacketFactoryBuffer"
number=0
find src -name '*.cpp' | sort | while read -r file; do
  number=$((number + 1))
  last=$(grep -n '^#include' "$file" | tail -n 1 | cut -d: -f1)
  {
    head -n "${last:-0}" "$file"
    for name in $names; do echo "#define $name ${name}_$number"; done
    tail -n "+$((${last:-0} + 1))" "$file"
    for name in $names; do echo "#undef $name"; done
  } >"$build/file"
  mv "$build/file" "$file"
done
mkdir -p include/ankerl
cp "$here/mediasoup/unordered_dense.h" include/ankerl/
cp "$here/mediasoup/srtp.h" include/
# Unoptimized: it forwards a few streams, and twice the build would buy a hundredth of a core. The bandwidth estimation of
# WebRTC is left out: it is for transports that estimate, and plain ones do not.
{
  CXXFLAGS="-O0 -w" meson setup --buildtype=plain --unity=on --unity-size=12 -Db_ndebug=true \
    -Dms_use_builtin_bwe=true --wrap-mode=nodownload "$build/out" . && nice -n 19 ninja -C "$build/out" -j "${MEDIASOUP_JOBS:-$(nproc)}" mediasoup-worker
} >"$cache/mediasoup-worker.log" 2>&1 || {
  tail -n 20 "$cache/mediasoup-worker.log" >&2
  die "the build failed; see $cache/mediasoup-worker.log"
}
strip -o "$worker.new" "$build/out/mediasoup-worker"
mv "$worker.new" "$worker"
echo "$worker"

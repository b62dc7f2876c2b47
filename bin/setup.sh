# Sourced by ./callcast and ./test: finds JDK 25 and Maven, installs missing Debian packages, builds.
# shellcheck shell=bash

say() { printf 'callcast: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# What runs Callcast (and is what its package depends on), what the demo's participants and checks need, what builds it, and
# what bench and tests need on top.
RUN_PACKAGES="gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
  gstreamer1.0-libav libyuv0 libzimg2 libopus0 libgl1 libegl1 libfontconfig1 fontconfig fonts-noto-core
  fonts-noto-color-emoji util-linux"
DEMO_PACKAGES="ffmpeg"
BUILD_PACKAGES="maven unzip"
BENCH_PACKAGES="gcc libc6-dev libyuv-dev gstreamer1.0-tools"
RTMP_PACKAGES="nginx-light libnginx-mod-rtmp"
TEST_PACKAGES="gcc libc6-dev pkg-config libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev gstreamer1.0-tools
  libyuv-dev libzimg-dev $RTMP_PACKAGES stunnel4 openssl chromium janus iproute2 fonts-noto-cjk
  opus-tools"
# A real SFU, of which npm ships the source (bin/mediasoup.sh), and the client for it.
SFU_PACKAGES="g++ meson ninja-build pkg-config libuv1-dev libssl-dev libsrtp2-dev libflatbuffers-dev flatbuffers-compiler"
# What records a call by a browser, for ./callcast bench --browser, beside the SFU.
BROWSER_PACKAGES="chromium xvfb pulseaudio iproute2"
# A second S3 server for ./test --peers.
PEER_PACKAGES="ceph-mon ceph-mgr ceph-osd ceph-common radosgw"

# What builds the dashboard, unless a Node.js that is new enough is there, from wherever.
web_packages() {
  local version
  version=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p') || true
  if [ "${version:-0}" -lt 18 ] || ! command -v npm >/dev/null; then
    echo nodejs npm
  fi
}

java_version() { # the feature version of the JDK in $1, or nothing
  [ ! -x "$1/bin/javac" ] || sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null
}

find_jdk() {
  local home version
  for home in "${JAVA_HOME:-}" "${CALLCAST_JVMS:-/usr/lib/jvm}"/*; do
    [ -n "$home" ] || continue
    version=$(java_version "$home")
    if [ -n "$version" ] && [ "$version" -ge 25 ]; then
      export JAVA_HOME="$home"
      return
    fi
  done
  die "no JDK 25 found, neither by JAVA_HOME nor in /usr/lib/jvm.
Install one (for example the package temurin-25-jdk from Adoptium's Debian repository, or openjdk-25-jdk where Debian has
it) and set JAVA_HOME to it."
}

install_packages() { # the packages of which any is missing
  local missing="" package installed
  command -v dpkg-query >/dev/null || {
    say "this is no Debian; './callcast doctor' says what is missing"
    return
  }
  installed=$(dpkg-query -W -f='${Package}:${Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    [[ $'\n'$installed == *$'\n'"$package:install ok installed"* ]] || missing="$missing $package"
  done
  [ -z "$missing" ] && return
  local command="apt-get install -y --no-install-recommends$missing"
  if [ "$(id -u)" = 0 ]; then
    say "installing Debian packages:$missing"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    say "installing Debian packages with sudo:$missing"
    command="sudo $command"
  else
    die "Debian packages are missing. Run this, then try again:
  sudo apt-get update && sudo $command"
  fi
  {
    ${command%%apt-get*}apt-get update -qq
    # Services that come with packages (nginx, stunnel, Janus) are used by the tests as processes of their own only.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $command -qq
  } >&2 || die "the installation failed; run '$command' by hand to see why"
}

# Builds the npm package of clients/mediasoup; no script of a dependency runs.
client() {
  (
    cd clients/mediasoup
    [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --silent >&2
    npm run --silent build >&2
  )
}

maven() {
  # Maven 3.8's own libraries trip over what newer JDKs warn about.
  MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC
    -XX:TieredStopAtLevel=1 ${MAVEN_OPTS:-}" mvn -B -Dstyle.color=never "$@"
}

# Builds when a source is newer than what was built last; whoever starts meanwhile waits for it.
build() {
  mkdir -p app/target 2>/dev/null || true
  if command -v flock >/dev/null && [ -w app/target ]; then
    exec 9>app/target/build.lock
    flock 9
    build_alone
    exec 9>&-
  else
    build_alone
  fi
}

build_alone() {
  local stamp=app/target/callcast-built
  if [ -f "$stamp" ] && [ -z "$(find . -name target -prune -o -name .git -prune -o -name node_modules -prune -o \
    -path ./web/tests -prune -o -type f \( -path '*/src/main/*' -o -path './web/*' -o -name pom.xml \) -newer "$stamp" -print -quit)" ]; then
    return
  fi
  say "building (the first time takes a few minutes) ..."
  local log=app/target/build.log
  mkdir -p app/target
  if ! maven -q -DskipTests package >"$log" 2>&1; then
    grep -E '^\[ERROR\]' "$log" | head -n 30 >&2
    die "the build failed; see $log"
  fi
  make_aot_caches
  touch "$stamp"
}

# What a node and a worker load and compile at their start, kept for the next one (JEP 483, JEP 515). A node is shown its
# ordinary life: a configuration file, a key, requests, a call of made-up participants that is recorded and streamed, the end.
# The caches fit these very jars and this JDK; where there is none, or one that does not fit, all start the same.
make_aot_caches() { # into $1, for the Java $2 and the class path $3 of the installation $4; the log into $5
  local into=${1:-$PWD/app/target} scratch node
  local java=${2:-$JAVA_HOME/bin/java} classes=${3:-$into/lib/*} home=${4:-$PWD} log=${5:-$into/aot.log}
  # By their absolute paths: so are they used.
  case $into in /*) ;; *) into=$PWD/$into java=$PWD/$java classes=$PWD/$classes home=$PWD/$home ;; esac
  rm -f "$into"/{node,worker}.aot{,.new}
  scratch=$(mktemp -d) || return 0
  say "preparing a fast start ..."
  # Else it would be unpacked into /tmp at each start, after a look at all that is there; packages have it in place.
  local sqlite=$into/native
  if [ ! -d "$sqlite" ]; then
    sqlite=$into/sqlite
    mkdir -p "$sqlite"
    unzip -q -j -o "$into"/lib/sqlite-jdbc-*.jar "org/sqlite/native/Linux/$(uname -m)/libsqlitejdbc.so" -d "$sqlite" >"$log" 2>&1 || true
  fi
  sed -e 's|^listen: .*|listen: 127.0.0.1:0|' -e "s|^data: .*|data: $scratch/data|" -e 's|^rtpPorts: .*|rtpPorts: 40000-49999|' \
    -e 's|^  mode: hand-over |  mode: finish |' docs/callcast.yaml >"$scratch/callcast.yaml"
  # Not with the lock's descriptor: the worker would keep it. In the foreground, or timeout passes a signal on twice, and the node
  # takes the second for haste and leaves its worker behind.
  timeout --foreground 180 "$java" @"$PWD/bin/java.options" -Dcallcast.home="$home" -Dorg.sqlite.lib.path="$sqlite" -Dorg.sqlite.tmpdir="$sqlite" \
    -XX:AOTCacheOutput="$into/node.aot.new" -Dcallcast.aot.output="$into/worker.aot.new" \
    -cp "$classes" dev.callcast.app.Main serve --config "$scratch/callcast.yaml" >"$scratch/ready" 2>"$log" 9>&- &
  node=$!
  show_life "$scratch/ready" "$node" >/dev/null 2>>"$log" 9>&- || say "the node that is to be shown how to start did not do all that was asked"
  kill -TERM "$node" 2>/dev/null || true
  wait "$node" || true
  if [ -s "$into/node.aot.new" ] && [ -s "$into/worker.aot.new" ]; then
    mv "$into/node.aot.new" "$into/node.aot"
    mv "$into/worker.aot.new" "$into/worker.aot"
  else
    say "that was not possible (see ${log#"$PWD/"}); nodes and calls only start a little slower"
  fi
  rm -rf "$scratch"
}

# Asks the node with the process $2 for what nodes are asked for; $1 is its standard output.
show_life() {
  local ready=$1 node=$2 port key answer
  until_so 60 grep -q '"ready":true' "$ready" || return
  port=$(sed -n 's|.*"url":"http://127.0.0.1:\([0-9]*\)".*|\1|p' "$ready")
  key=$(sed -n 's|.*"apiKey":"\([^"]*\)".*|\1|p' "$ready")
  for path in /readyz /healthz /metrics /dashboard /v1/nodes /v1/access /v1/calls /v1/recordings /v1/webhooks /v1/keys; do
    ask GET "$path" || return
  done
  ask POST /v1/keys '{"name":"x","scopes":["read"]}' || return
  ask POST /v1/webhooks "{\"url\":\"http://127.0.0.1:$port/none\"}" || return
  ask POST /v1/calls '{"id":"start"}' || return
  ask POST /v1/tokens '{"call":"start"}' || return
  ask POST /v1/calls/start/endpoints '{"id":"e1"}' || return
  ask POST /v1/calls/start/demo '{"endpoint":"e1","participants":2}' || return
  ask POST /v1/calls/start/compositions '{"id":"main","layout":{"preset":"grid","params":{"videoSettings.showParticipantLabels":true}},
    "outputs":[{"type":"recording"},{"type":"hls"}]}' || return
  until_so 90 answers '"state":"running"' /v1/calls/start/demo || return # once clips have to be made for that
  until_so 30 answers '"decoded":true' /v1/calls/start || return
  for preset in dominant split pip grid; do
    sleep 2
    ask PATCH /v1/calls/start/compositions/main "{\"layout\":{\"preset\":\"$preset\"}}" || return
    ask GET /v1/calls/start || return
    ask GET '/v1/calls/start/compositions/main/snapshot.jpg?width=640' || return
  done
}

until_so() { # repeats a command until it succeeds, for $1 seconds, and as long as there is a $node
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] && kill -0 "$node" || return
    sleep 0.1
  done
}

answers() { # whether the answer to GET $2 has $1 in it
  ask GET "$2" | grep -aqF "$1"
}

ask() { # one request to 127.0.0.1:$port with $key: method, path, body; prints the answer
  local body=${3:-} descriptor
  exec {descriptor}<>"/dev/tcp/127.0.0.1/$port" || return
  printf '%s %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
    "$1" "$2" "$port" "$key" "${#body}" "$body" >&"$descriptor"
  cat <&"$descriptor"
  exec {descriptor}>&-
}

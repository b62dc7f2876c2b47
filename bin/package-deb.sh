#!/usr/bin/env bash
# Builds app/target/callcast_VERSION_amd64.deb: Callcast with a Java of its own, for Debian 12 and newer and what derives of it.
#   bin/package-deb.sh [VERSION]    as Debian writes it; without: the project's, with the time of the last commit
# docs/packages.md says what the package does.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. bin/setup.sh
find_jdk

# Lines of a manifest have 72 bytes at most; a space begins what goes on.
fold_manifest() { awk '{ while (length($0) > 70) { print substr($0, 1, 70); $0 = " " substr($0, 71) } print }'; }

# shellcheck disable=SC2086
install_packages $(web_packages) $RUN_PACKAGES $BUILD_PACKAGES
command -v dpkg-deb >/dev/null || die "dpkg-deb is missing: Debian's packages are built on Debian"
build

version=${1:-}
if [ -z "$version" ]; then
  version=$(sed -n 's/^  <version>\(.*\)<\/version>$/\1/p' pom.xml | head -n 1)
  snapshot=$(TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M%S --format=%cd.%h 2>/dev/null || date -u +%Y%m%d%H%M%S)
  version=${version/-SNAPSHOT/"~$snapshot"}
fi
dpkg --validate-version "$version" || die "$version is no version of a Debian package"

# What all versions of the same jars and JDK share: made once.
stage=app/target/deb
payload=$stage/payload
key=$(cat bin/package-deb.sh bin/setup.sh bin/java.options docs/callcast.yaml packaging/debian/callcast "$JAVA_HOME/release" app/target/lib/*.jar | sha256sum)
if [ "$(cat "$stage/payload.key" 2>/dev/null)" != "$key" ]; then
  rm -rf "$stage"
  mkdir -p "$payload/lib" "$payload/bin" "$payload/native"
  # In whole seconds: the caches remember the time, and packages hold no fractions.
  cp app/target/lib/*.jar "$payload/lib/"
  touch -d '2026-11-01T00:00:00Z' "$payload"/lib/*.jar
  # One jar that names the others in a fixed order: caches fit one class path only, and lib/* comes in the disk's order.
  {
    echo "Manifest-Version: 1.0"
    echo "Main-Class: dev.callcast.app.Main"
    echo "Class-Path: $(cd "$payload" && echo lib/*.jar)"
  } | fold_manifest >"$stage/manifest"
  "$JAVA_HOME/bin/jar" --create --file "$payload/callcast.jar" --manifest "$stage/manifest" --date=2026-11-01T00:00:00Z
  touch -d '2026-11-01T00:00:00Z' "$payload/callcast.jar"
  # Native libraries that would be unpacked into /tmp at each start.
  unzip -q -j -o "$payload"/lib/sqlite-jdbc-*.jar 'org/sqlite/native/Linux/x86_64/libsqlitejdbc.so' -d "$payload/native"
  unzip -q -j -o "$payload"/lib/skija-linux-x64-*.jar '*/libskija.so' -d "$payload/native"

  say "linking a Java of its own ..."
  # jdeps sees what the jars name; jcmd is there to look into a running node.
  modules=$("$JAVA_HOME/bin/jdeps" --multi-release 25 --ignore-missing-deps --print-module-deps "$payload"/lib/*.jar)
  "$JAVA_HOME/bin/jlink" --add-modules "$modules,jdk.jcmd,jdk.jfr,jdk.unsupported" --no-header-files --no-man-pages \
    --generate-cds-archive --output "$payload/runtime" >&2
  rm -f "$payload/runtime/lib/server/classes_nocoops.jsa"
  # Providers of modules that are not in it would be looked for among the jars at each start, and Bouncy Castle's found and
  # loaded with all they have.
  security=$payload/runtime/conf/security/java.security
  awk -F= '/^security\.provider\.[0-9]+=/ {
      if ($2 ~ /^(SUN|SunRsaSign|SunEC|SunJSSE|SunJCE)$/) print "security.provider." ++n "=" $2
      next
    }
    { print }' "$security" >"$stage/java.security"
  [ "$(grep -c '^security.provider' "$stage/java.security")" = 5 ] || die "this JDK's providers have other names"
  cat "$stage/java.security" >"$security"
  install -m 644 bin/java.options "$payload/java.options"
  install -m 755 packaging/debian/callcast "$payload/bin/callcast"
  make_aot_caches "$payload" "$payload/runtime/bin/java" "$payload/callcast.jar" "$payload" "$stage/aot.log"
  [ -s "$payload/node.aot" ] && [ -s "$payload/worker.aot" ] || die "no start-up caches were made; see $stage/aot.log"
  printf '%s' "$key" >"$stage/payload.key"
fi

root=$stage/root
dist=$root/usr/lib/callcast/dist
doc=$root/usr/share/doc/callcast
rm -rf "$root"
mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/usr/lib/callcast" "$root/etc/callcast" "$root/etc/default" \
  "$root/lib/systemd/system" "$root/usr/share/callcast" "$doc"
cp -al "$payload" "$dist"
install -m 755 packaging/debian/tidy "$dist/bin/tidy"
# The directory that this very build runs from: another build of the same version has another one.
sum=$(cd "$dist" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
printf '%s-%s\n' "$version" "${sum:0:8}" | tr ':~' '_-' >"$dist/name"
ln -s ../lib/callcast/current/bin/callcast "$root/usr/bin/callcast"
install -m 644 packaging/debian/callcast.service packaging/debian/callcast-tidy.service \
  packaging/debian/callcast-tidy.timer "$root/lib/systemd/system/"
install -m 644 packaging/debian/web-pages.conf "$root/usr/share/callcast/web-pages.conf"
install -m 644 packaging/debian/callcast.default "$root/etc/default/callcast"
sed 's|^data: .*|data: /var/lib/callcast|' docs/callcast.yaml >"$root/etc/callcast/callcast.yaml"
chmod 644 "$root/etc/callcast/callcast.yaml"
cp -r docs/*.md docs/layouts docs/sfu docs/grafana.json "$doc/"
cp README.md "$doc/"
cp LICENSE "$doc/copyright"
chmod -R u=rwX,go=rX "$doc"

printf '%s\n' /etc/callcast/callcast.yaml /etc/default/callcast >"$root/DEBIAN/conffiles"
install -m 755 packaging/debian/postinst packaging/debian/prerm packaging/debian/postrm "$root/DEBIAN/"
# shellcheck disable=SC2086
depends=$(printf ', %s' libc6 adduser init-system-helpers $RUN_PACKAGES)
# shellcheck disable=SC2086
recommends=$(printf ', %s' $DEMO_PACKAGES fonts-noto-cjk)
cat >"$root/DEBIAN/control" <<CONTROL
Package: callcast
Version: $version
Architecture: amd64
Maintainer: Callcast's developers <packages@callcast.invalid>
Section: video
Priority: optional
Installed-Size: $(du -ks --exclude DEBIAN "$root" | cut -f1)
Depends: ${depends#, }
Recommends: ${recommends#, }
Suggests: chromium
Description: turns live video calls into broadcasts and recordings
 Callcast takes the participants' RTP from an SFU, composes pictures and sound,
 encodes once, and sends the result to many places: MP4 files and S3, RTMP,
 SRT and HLS. No browser is involved.
 .
 The node is the systemd service callcast; its configuration is in
 /etc/callcast. It is upgraded while calls are recorded, without a gap.
CONTROL
output=app/target/callcast_${version#*:}_amd64.deb
dpkg-deb --root-owner-group -Zzstd -z"${CALLCAST_DEB_LEVEL:-15}" --build "$root" "$output" >&2
echo "$output"

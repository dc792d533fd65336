# Sourced by ./mvnw and ./tintype: sets JAVA_HOME to a JDK 25.0.3 or later, or ends with one line.
# Looks at JAVA_HOME, then java on the PATH, then the usual folders.
# 25.0.3 because earlier releases of 25 can corrupt pinned heap arrays (JDK-8377811).

tintype_jdk_ok() { # DIR: whether it holds a JDK that is new enough; no program is started, since each start comes here
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  tintype_version=
  while IFS='="' read -r tintype_key _ tintype_value _; do # JAVA_VERSION="25.0.3"
    [ "$tintype_key" != JAVA_VERSION ] || tintype_version=${tintype_value%%[!0-9.]*}
  done <"$1/release"
  tintype_version=$tintype_version.0.0 # 25 is 25.0.0
  tintype_major=${tintype_version%%.*}
  tintype_version=${tintype_version#*.}
  tintype_minor=${tintype_version%%.*}
  tintype_version=${tintype_version#*.}
  tintype_update=${tintype_version%%.*}
  [ "${tintype_major:-0}" -gt 25 ] ||
    { [ "${tintype_major:-0}" -eq 25 ] && { [ "$tintype_minor" -gt 0 ] || [ "$tintype_update" -ge 3 ]; }; }
}

tintype_find_jdk() {
  if [ -n "${JAVA_HOME:-}" ] && tintype_jdk_ok "$JAVA_HOME"; then return 0; fi
  tintype_java=$(command -v java 2>/dev/null || true)
  if [ -n "$tintype_java" ]; then
    tintype_java=$(readlink -f "$tintype_java" 2>/dev/null || printf '%s' "$tintype_java")
    tintype_home=${tintype_java%/bin/java}
    if tintype_jdk_ok "$tintype_home"; then JAVA_HOME=$tintype_home; export JAVA_HOME; return 0; fi
  fi
  for tintype_home in /usr/lib/jvm/* /opt/java/* /opt/jdk* "${HOME:-/nonexistent}"/.sdkman/candidates/java/* \
    "${HOME:-/nonexistent}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if tintype_jdk_ok "$tintype_home"; then JAVA_HOME=$tintype_home; export JAVA_HOME; return 0; fi
  done
  echo "tintype: no JDK 25.0.3 or later found (looked at JAVA_HOME, PATH and the usual folders): install Temurin 25, or set JAVA_HOME to one" >&2
  return 1
}

tintype_find_jdk || exit 2

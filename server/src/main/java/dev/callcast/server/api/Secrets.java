package dev.callcast.server.api;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.WebRtcSpec;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes the secrets of a call out of texts that leave the node. What is put into such a text holds
 * none by itself; this is for what somebody else said, such as a library in its log. Immutable.
 */
final class Secrets {
  private static final String HIDDEN = "****";

  /** Shorter ones would take ordinary words out. */
  private static final int SHORTEST = 6;

  /** The path of an RTMP URL behind its application, and what a program says is a secret. */
  private static final List<Pattern> LOOK_LIKE_ONE =
      List.of(
          Pattern.compile("(?i)(?<=\\brtmps?://[^/\\s]{1,255}/[^/\\s]{1,255}/)[^\\s\"']+"),
          Pattern.compile("(?i)(?<=\\bbearer )[\\w.~+/=-]+"),
          Pattern.compile("(?i)(?<=\\b(?:passphrase|password|secret|streamid)=)[^\\s&,;\"']+"));

  private final List<String> known;

  private Secrets(Set<String> all) {
    known =
        all.stream()
            .filter(secret -> secret.length() >= SHORTEST)
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  /** Those of a call, from its state with the secrets in clear, and others. */
  static Secrets of(CallState state, Set<String> others) {
    Set<String> all = new HashSet<>(others);
    for (EndpointSpec endpoint : state.endpoints()) {
      add(all, endpoint);
    }
    for (CompositionSpec composition : state.compositions()) {
      for (OutputSpec output : composition.outputs()) {
        switch (output) {
          case OutputSpec.Rtmp rtmp -> {
            addKey(all, rtmp.url());
            addKey(all, rtmp.backupUrl());
          }
          case OutputSpec.Srt srt -> {
            add(all, srt.passphrase());
            add(all, srt.streamId());
          }
          case OutputSpec.Whep viewer -> add(all, viewer.endpoint());
          default -> {
            // It has none.
          }
        }
      }
    }
    return new Secrets(all);
  }

  private static void add(Set<String> all, EndpointSpec endpoint) {
    EndpointSpec.Srtp srtp = endpoint.srtp();
    if (srtp != null) {
      all.add(srtp.remoteKey());
      all.add(srtp.localKey());
    }
    WebRtcSpec transport = endpoint.transport();
    if (transport != null) {
      all.add(transport.password());
      all.add(transport.privateKey());
    }
  }

  private static void add(Set<String> all, @Nullable String secret) {
    if (secret != null) {
      all.add(secret);
    }
  }

  /** The stream key is what stands behind the application; it may hold slashes itself. */
  private static void addKey(Set<String> all, @Nullable String url) {
    if (url == null) {
      return;
    }
    String[] parts = url.split("/", 5);
    if (parts.length == 5) {
      all.add(parts[4]);
    }
    all.add(url.substring(url.lastIndexOf('/') + 1));
  }

  /** The text without them. */
  String hide(String text) {
    String clean = text;
    for (String secret : known) {
      clean = clean.replace(secret, HIDDEN);
    }
    for (Pattern pattern : LOOK_LIKE_ONE) {
      clean = pattern.matcher(clean).replaceAll(HIDDEN);
    }
    return clean;
  }
}

package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.NodeKey;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Tokens: JSON Web Tokens (RFC 7519), HS256 with the node's key. Safe for any thread. */
final class TokenSigner {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final String HEADER =
      ENCODER.encodeToString("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(UTF_8));
  private static final String ISSUER = "callcast";

  private final NodeKey key;

  TokenSigner(NodeKey key) {
    this.key = key;
  }

  String sign(Principal.Token token) {
    ObjectNode claims =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("iss", ISSUER)
            .put("jti", token.id())
            .put("call", token.call())
            .put("instance", token.instance())
            .put("iat", Instant.now().getEpochSecond())
            .put("exp", token.expires().getEpochSecond());
    if (token.participant() != null) {
      claims.put("participant", token.participant());
    }
    token.scopes().forEach(claims.putArray("scopes")::add);
    String signed =
        HEADER + "." + ENCODER.encodeToString(ProtocolJson.MAPPER.writeValueAsBytes(claims));
    return signed + "." + ENCODER.encodeToString(key.signToken(signed));
  }

  /** The token that this text is; empty when its signature, issuer or time is not right. */
  Optional<Principal.Token> verify(String text) {
    int dot = text.lastIndexOf('.');
    if (dot < 0 || !text.startsWith(HEADER + ".")) {
      return Optional.empty(); // Also every other alg, "none" above all.
    }
    String signed = text.substring(0, dot);
    byte[] expected = ENCODER.encodeToString(key.signToken(signed)).getBytes(US_ASCII);
    if (!MessageDigest.isEqual(expected, text.substring(dot + 1).getBytes(UTF_8))) {
      return Optional.empty();
    }
    JsonNode claims;
    try {
      claims =
          ProtocolJson.MAPPER.readTree(
              Base64.getUrlDecoder().decode(signed.substring(HEADER.length() + 1)));
    } catch (JacksonException | IllegalArgumentException e) {
      return Optional.empty();
    }
    long expires = claims.path("exp").asLong(0);
    if (!claims.path("iss").asString("").equals(ISSUER)
        || expires <= Instant.now().getEpochSecond()) {
      return Optional.empty();
    }
    List<String> scopes = new ArrayList<>();
    claims.path("scopes").values().forEach(scope -> scopes.add(scope.asString("")));
    JsonNode participant = claims.get("participant");
    return Optional.of(
        new Principal.Token(
            claims.path("jti").asString(""),
            claims.path("call").asString(""),
            claims.path("instance").asString(""),
            participant == null ? null : participant.asString(""),
            scopes,
            Instant.ofEpochSecond(expires)));
  }
}

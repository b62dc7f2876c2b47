package dev.callcast.server.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who asks. */
sealed interface Principal {
  /** A name for logs and for keeping idempotency keys apart. */
  String name();

  List<String> scopes();

  /** Anyone, where the node runs without authentication. */
  record Anyone() implements Principal {
    @Override
    public String name() {
      return "anyone";
    }

    @Override
    public List<String> scopes() {
      return Scope.NAMES;
    }
  }

  /** The holder of an API key. */
  record Key(String id, List<String> scopes) implements Principal {
    public Key {
      scopes = List.copyOf(scopes);
    }

    @Override
    public String name() {
      return "key " + id;
    }
  }

  /**
   * The holder of a token, bound to one run of a call.
   *
   * @param participant the only one whom it may change; null for the whole call
   */
  record Token(
      String id, String call, String instance, @Nullable String participant, List<String> scopes)
      implements Principal {
    public Token {
      scopes = List.copyOf(scopes);
    }

    @Override
    public String name() {
      return "token " + id;
    }
  }
}

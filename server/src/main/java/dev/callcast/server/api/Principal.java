package dev.callcast.server.api;

import dev.callcast.server.store.Patterns;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who asks. */
sealed interface Principal {
  /** A name for logs and for keeping idempotency keys apart. */
  String name();

  List<String> scopes();

  /** Whether it is for some calls only. */
  boolean bound();

  /** Whether it is for the calls of this id. */
  boolean isFor(String call);

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

    @Override
    public boolean bound() {
      return false;
    }

    @Override
    public boolean isFor(String call) {
      return true;
    }
  }

  /**
   * The holder of an API key.
   *
   * @param calls patterns of the ids of calls that it is for; empty for all
   */
  record Key(String id, List<String> scopes, List<String> calls) implements Principal {
    public Key {
      scopes = List.copyOf(scopes);
      calls = List.copyOf(calls);
    }

    @Override
    public boolean bound() {
      return !calls.isEmpty();
    }

    @Override
    public boolean isFor(String call) {
      return calls.isEmpty() || Patterns.match(calls, call);
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
   * @param expires from when on it is taken no more, in whole seconds
   */
  record Token(
      String id,
      String call,
      String instance,
      @Nullable String participant,
      List<String> scopes,
      Instant expires)
      implements Principal {
    public Token {
      scopes = List.copyOf(scopes);
    }

    @Override
    public String name() {
      return "token " + id;
    }

    @Override
    public boolean bound() {
      return true;
    }

    @Override
    public boolean isFor(String other) {
      return call.equals(other);
    }
  }
}

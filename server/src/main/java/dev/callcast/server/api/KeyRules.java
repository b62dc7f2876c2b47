package dev.callcast.server.api;

import java.util.List;
import java.util.regex.Pattern;

/** What a key may be made for, by the API and by the command line alike. */
public final class KeyRules {
  private static final Pattern CALL =
      Pattern.compile("[A-Za-z0-9._-]{0,64}\\*|[A-Za-z0-9._-]{1,64}");

  private KeyRules() {}

  /**
   * Looks at a key's scopes and calls.
   *
   * @param calls patterns of ids; empty for all calls
   * @throws IllegalArgumentException saying what is wrong
   */
  public static void check(List<String> scopes, List<String> calls) {
    for (String scope : scopes) {
      if (!Scope.NAMES.contains(scope)) {
        throw new IllegalArgumentException(
            "there is no scope " + scope + "; there are " + String.join(", ", Scope.NAMES));
      }
    }
    for (String call : calls) {
      if (!isCallPattern(call)) {
        throw new IllegalArgumentException(
            call + " is no id of a call, nor the beginning of ids with * behind it");
      }
    }
    if (!calls.isEmpty() && scopes.contains(Scope.ADMIN.json())) {
      throw new IllegalArgumentException("a key with the scope admin is not for some calls only");
    }
  }

  /** Whether it is an id of a call, or the beginning of ids with {@code *} behind it. */
  static boolean isCallPattern(String text) {
    return CALL.matcher(text).matches();
  }
}

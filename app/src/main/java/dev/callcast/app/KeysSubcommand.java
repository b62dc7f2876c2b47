package dev.callcast.app;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.api.KeyRules;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.api.NodeServer;
import dev.callcast.server.store.Database;
import dev.callcast.server.store.KeyStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code callcast keys}: API keys, in the store itself, so that whoever has lost the last one can
 * make another. The node may run meanwhile. One line of JSON for each key.
 */
@Command(
    name = "keys",
    description = "Makes, lists and revokes API keys, in the store of a node.",
    synopsisSubcommandLabel = "COMMAND")
final class KeysSubcommand implements Runnable {
  private static final int MOST = 10_000;

  @Spec private @Nullable CommandSpec commandSpec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = CommandLine.ScopeType.INHERIT,
      description = "The node's configuration.")
  private @Nullable Path config;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      scope = CommandLine.ScopeType.INHERIT,
      description = "The node's data. Default: ./callcast-data")
  private @Nullable Path data;

  @Option(
      names = "--database",
      paramLabel = "JDBC-URL",
      scope = CommandLine.ScopeType.INHERIT,
      description = "The node's PostgreSQL; default is SQLite in its data")
  private @Nullable String database;

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(commandSpec).commandLine(), "say create, list or revoke");
  }

  @Command(name = "create", description = "Makes a key. It is shown this once.")
  int create(
      @Option(names = "--name", paramLabel = "NAME", defaultValue = "") String name,
      @Option(
              names = "--scopes",
              paramLabel = "SCOPE",
              split = ",",
              required = true,
              description = "Of read, control, admin; each includes those before it.")
          List<String> scopes,
      @Option(
              names = "--calls",
              paramLabel = "CALL",
              split = ",",
              description = "Only calls of these ids, or that begin so: standup, team-*")
          @Nullable List<String> calls,
      @Option(
              names = "--init",
              description = "Make the store if there is none: before the node's first start.")
          boolean init)
      throws IOException {
    List<String> only = calls == null ? List.of() : calls;
    try {
      KeyRules.check(scopes, only);
    } catch (IllegalArgumentException e) {
      throw wrong(e);
    }
    try (Database opened = open(init)) {
      KeyStore.NewKey made = new KeyStore(opened).create(name, scopes, only);
      Map<String, Object> json = show(made.key());
      json.put("key", made.secret());
      print(json);
      return 0;
    }
  }

  @Command(name = "list", description = "Lists keys, without their secrets.")
  int list() throws IOException {
    try (Database opened = open(false)) {
      new KeyStore(opened).list(null, MOST).forEach(key -> print(show(key)));
      return 0;
    }
  }

  @Command(name = "revoke", description = "Revokes a key at once and for good.")
  int revoke(
      @Parameters(paramLabel = "ID", description = "Of the key, as list shows it.") String id)
      throws IOException {
    try (Database opened = open(false)) {
      if (!new KeyStore(opened).revoke(id)) {
        throw new IOException("there is no active key " + id + "; callcast keys list shows them");
      }
      return 0;
    }
  }

  private Database open(boolean init) throws IOException {
    NodeConfig node;
    try {
      NodeSettings file = config == null ? NodeSettings.EMPTY : NodeSettings.read(config);
      node = file.with(data == null ? null : data.toString(), database).toConfig();
    } catch (IllegalArgumentException e) {
      throw wrong(e);
    }
    String url = node.effectiveDatabaseUrl();
    String sqlite = "jdbc:sqlite:";
    if (!init && url.startsWith(sqlite) && !Files.exists(Path.of(url.substring(sqlite.length())))) {
      throw new IOException(
          "there is no store at "
              + url.substring(sqlite.length())
              + ": start the node once, or say where its --data is");
    }
    if (init) {
      NodeServer.directory(node.data());
    }
    return Database.open(url);
  }

  private ParameterException wrong(IllegalArgumentException e) {
    return new ParameterException(
        Objects.requireNonNull(commandSpec).commandLine(), e.getMessage(), e);
  }

  private static Map<String, Object> show(KeyStore.StoredKey key) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", key.id());
    json.put("name", key.name());
    json.put("scopes", key.scopes());
    if (!key.calls().isEmpty()) {
      json.put("calls", key.calls());
    }
    json.put("createdAt", key.createdAt());
    if (key.revokedAt() != null) {
      json.put("revokedAt", key.revokedAt());
    }
    return json;
  }

  private static void print(Map<String, Object> json) {
    System.out.println(ProtocolJson.MAPPER.writeValueAsString(json));
  }
}

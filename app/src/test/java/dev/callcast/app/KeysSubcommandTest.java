package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.server.store.Database;
import dev.callcast.server.store.KeyStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code callcast keys} on a store that a node has open. */
class KeysSubcommandTest {
  @TempDir Path data;
  private final StringWriter errors = new StringWriter();

  @BeforeEach
  void makeStore() {
    Database.open(url()).close();
  }

  private String url() {
    return "jdbc:sqlite:" + data.resolve("callcast.db");
  }

  private List<String> run(int status, String... words) {
    CommandLine commandLine = Main.commandLine(new KeysSubcommand());
    commandLine.setErr(new PrintWriter(errors, true));
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      assertThat(commandLine.execute(words)).as(errors.toString()).isEqualTo(status);
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void theFirstKeyCanBeMadeBeforeTheNodesFirstStart(@TempDir Path parent) throws Exception {
    String fresh = parent.resolve("fresh").toString();
    run(1, "keys", "create", "--scopes", "admin", "--data", fresh);
    assertThat(errors.toString()).contains("there is no store");
    run(0, "keys", "create", "--init", "--scopes", "admin", "--data", fresh);
    try (Database made = Database.open("jdbc:sqlite:" + parent.resolve("fresh/callcast.db"))) {
      assertThat(new KeyStore(made).hasAdmin()).isTrue();
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(fresh))))
        .isEqualTo("rwx------");
  }

  @Test
  void keysAreMadeListedAndRevoked() throws Exception {
    String directory = data.toString();
    try (Database node = Database.open(url())) {
      JsonMapper json = JsonMapper.builder().build();
      JsonNode made =
          json.readTree(
              run(
                      0,
                      "keys",
                      "create",
                      "--data",
                      directory,
                      "--scopes",
                      "read,control",
                      "--calls",
                      "a,team-*")
                  .getFirst());
      KeyStore.StoredKey found =
          new KeyStore(node).find(made.path("key").asString("")).orElseThrow();
      assertThat(found.scopes()).containsExactly("read", "control");
      assertThat(found.calls()).containsExactly("a", "team-*");
      List<String> listed = run(0, "keys", "list", "--data", directory);
      assertThat(listed).hasSize(1);
      assertThat(listed.getFirst()).contains(found.id()).doesNotContain("cck_");
      assertThat(run(0, "keys", "revoke", found.id(), "--data", directory)).isEmpty();
      assertThat(new KeyStore(node).find(made.path("key").asString(""))).isEmpty();
      run(1, "keys", "revoke", found.id(), "--data", directory);
      assertThat(errors.toString()).contains("no active key " + found.id());
    }
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    String directory = data.toString();
    run(2, "keys");
    run(2, "keys", "create", "--data", directory);
    run(2, "keys", "create", "--data", directory, "--scopes", "root");
    assertThat(errors.toString()).contains("there is no scope root");
    run(2, "keys", "create", "--data", directory, "--scopes", "admin", "--calls", "a");
    Path empty = Files.createDirectory(data.resolve("empty"));
    run(1, "keys", "list", "--data", empty.toString());
    assertThat(errors.toString()).contains("there is no store at");
    assertThat(empty).isEmptyDirectory();
  }
}

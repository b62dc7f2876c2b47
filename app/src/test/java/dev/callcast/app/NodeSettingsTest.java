package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.server.api.CapacityConfig;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.api.TlsConfig;
import dev.callcast.server.destinations.Destination;
import dev.callcast.server.destinations.StreamingService;
import dev.callcast.server.recordings.storage.StorageConfig;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration file, its sample that is its reference, and the options over it. */
class NodeSettingsTest {
  private static final Path SAMPLE = Path.of("..", "docs", "callcast.yaml");

  @TempDir Path directory;

  @Test
  void theSampleNamesEverySettingAndShowsTheDefaults() throws Exception {
    String text = Files.readString(SAMPLE);
    assertThat(
            Arrays.stream(NodeSettings.class.getRecordComponents()).map(RecordComponent::getName))
        .allSatisfy(name -> assertThat(text).containsPattern("(?m)^" + name + ":"));
    NodeConfig sample = NodeSettings.read(SAMPLE).toConfig();
    assertThat(sample).isEqualTo(NodeSettings.EMPTY.toConfig());
  }

  @Test
  void optionsOverrideTheFile() throws Exception {
    Path file = write("listen: 127.0.0.1:1234\nname: from-file\n");
    NodeSettings options =
        new NodeSettings(
            "127.0.0.1:4321",
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    NodeConfig config = options.over(NodeSettings.read(file)).toConfig();
    assertThat(config.listenPort()).isEqualTo(4321);
    assertThat(config.name()).isEqualTo("from-file");
  }

  @Test
  void whatIsSetOfTheCapacityLeavesTheRestAsItIs() throws Exception {
    CapacityConfig all = NodeSettings.EMPTY.toConfig().capacity();
    assertThat(all.degrade()).isTrue();
    assertThat(NodeSettings.read(write("capacity: {degrade: false}\n")).toConfig().capacity())
        .isEqualTo(new CapacityConfig(all.cores(), false));
    assertThat(NodeSettings.read(write("capacity: {cores: 0}\n")).toConfig().capacity())
        .isEqualTo(CapacityConfig.UNLIMITED);
  }

  @Test
  void tlsNeedsCertificateAndKey() throws Exception {
    assertThat(NodeSettings.EMPTY.toConfig().tls()).isNull();
    assertThat(
            NodeSettings.read(write("tls: {certificate: /c.pem, key: /k.pem}\n")).toConfig().tls())
        .isEqualTo(new TlsConfig(Path.of("/c.pem"), Path.of("/k.pem")));
    Path half = write("tls: {certificate: /c.pem}\n");
    assertThatThrownBy(() -> NodeSettings.read(half).toConfig())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("both certificate and key");
  }

  @Test
  void webPagesAreOffUntilHostsAreListed() throws Exception {
    assertThat(NodeSettings.EMPTY.toConfig().webFramePolicy()).isNull();
    WebFramePolicy policy =
        NodeSettings.read(write("webFrame: {hosts: ['*.Example', '::1']}\n"))
            .toConfig()
            .webFramePolicy();
    assertThat(policy)
        .isEqualTo(
            new WebFramePolicy("chromium", List.of("*.example", "::1"), NetworkPolicy.LOOPBACK));
    for (String wrong : List.of("https://a.example/", "a.example:80", "a b", "a.*", "")) {
      Path file = write("webFrame: {hosts: ['" + wrong + "']}\n");
      assertThatThrownBy(() -> NodeSettings.read(file).toConfig())
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("webFrame.hosts");
    }
  }

  @Test
  void aProxyHasToBeAnAddress() throws Exception {
    assertThat(
            NodeSettings.read(write("api: {proxies: [10.0.0.0/8]}\n")).toConfig().http().proxies())
        .containsExactly("10.0.0.0/8");
    Path name = write("api: {proxies: [proxy.example]}\n");
    assertThatThrownBy(() -> NodeSettings.read(name).toConfig())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("api.proxies");
  }

  @Test
  void aFileOfCommentsSetsNothing() throws Exception {
    assertThat(NodeSettings.read(write("# listen: 127.0.0.1:1\n"))).isEqualTo(NodeSettings.EMPTY);
    assertThat(NodeSettings.read(write(""))).isEqualTo(NodeSettings.EMPTY);
  }

  @Test
  void theSampleNamesEverySettingOfAStorage() throws Exception {
    String text = Files.readString(SAMPLE);
    for (RecordComponent component : StorageSettings.class.getRecordComponents()) {
      JsonProperty renamed = component.getAccessor().getAnnotation(JsonProperty.class);
      String name = renamed == null ? component.getName() : renamed.value();
      assertThat(text).containsPattern("(?m)^#? +" + name + ":");
    }
    // What stands in comments is right too.
    String uncommented = text.replaceAll("(?m)^#(  )", "$1");
    StorageConfig.S3 s3 =
        (StorageConfig.S3)
            NodeSettings.read(write(uncommented)).toConfig().storages().all().getLast();
    assertThat(s3.name()).isEqualTo("archive");
    assertThat(s3.timing()).isEqualTo(StorageConfig.Timing.DEFAULT);
    assertThat(s3.prefix()).isEqualTo("callcast/");
  }

  @Test
  void aStorageThatIsWrongIsNamed() throws Exception {
    String head = "storages:\n  x:\n    type: ";
    for (String[] bad :
        new String[][] {
          {"ftp", "storages.x: type"},
          {"s3", "bucket"},
          {"s3\n    bucket: b\n    endpoint: nowhere", "endpoint"},
          {"s3\n    bucket: b\n    encryption: rot13", "sse-kms"},
          {"s3\n    bucket: b\n    kmsKey: k", "kmsKey"},
          {"s3\n    bucket: b\n    partSize: 5000", "partSize"},
          {"s3\n    bucket: b\n    path: /x", "path"},
          {"s3\n    bucket: b\n    credentials: vault", "credentials"},
          {"s3\n    bucket: b\n    finalize: maybe", "finalize"},
          {"directory\n    bucket: b", "a directory has no bucket"},
          {"directory\n    bukket: b", "storages.x.bukket"},
          {"directory\n    retention: -1", "retention"}
        }) {
      Path file = write(head + bad[0] + "\n");
      assertThatThrownBy(() -> NodeSettings.read(file).toConfig())
          .as(bad[0])
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(bad[1]);
    }
    Path unknown = write("storage: archive\n");
    assertThatThrownBy(() -> NodeSettings.read(unknown).toConfig())
        .hasMessageContaining("archive")
        .hasMessageContaining("local");
  }

  @Test
  void whatIsWrongIsNamed() throws Exception {
    assertThatThrownBy(() -> NodeSettings.read(write("lisen: 127.0.0.1:1\n")))
        .hasMessageContaining("'lisen'");
    assertThatThrownBy(() -> NodeSettings.read(write("listen: [")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("callcast.yaml");
    assertThatThrownBy(() -> NodeSettings.read(write("rtpPorts: 40000\n")).toConfig())
        .hasMessageContaining("FROM-TO");
    assertThatThrownBy(
            () -> NodeSettings.read(write("listen: 0.0.0.0:1234\nnoAuth: true\n")).toConfig())
        .hasMessageContaining("loopback");
    assertThatThrownBy(() -> NodeSettings.read(write("stop: {mode: now}\n")).toConfig())
        .hasMessageContaining("stop.mode")
        .hasMessageContaining("hand-over");
    assertThatThrownBy(() -> NodeSettings.read(write("stop: {limit: -1}\n")).toConfig())
        .hasMessageContaining("stop.limit");
    assertThatThrownBy(() -> NodeSettings.read(write("announceIp: example\n")).toConfig())
        .hasMessageContaining("example");
  }

  private Path write(String text) throws Exception {
    return Files.writeString(directory.resolve("callcast.yaml"), text);
  }

  @Test
  void theSampleNamesEverySettingOfADestination() throws Exception {
    String text = Files.readString(SAMPLE);
    for (RecordComponent component : DestinationSettings.class.getRecordComponents()) {
      assertThat(text).containsPattern("(?m)^# +" + component.getName() + ":");
    }
    // What stands in comments is right too.
    String uncommented = text.replaceAll("(?m)^#(  )", "$1");
    Destination channel =
        NodeSettings.read(write(uncommented)).toConfig().destinations().get("channel");
    assertThat(channel.service()).isEqualTo(StreamingService.YOUTUBE);
    assertThat(channel.backupUrl()).contains("backup=1");
  }

  @Test
  void whatIsWrongWithADestinationIsNamed() throws Exception {
    for (String wrong :
        new String[] {
          "{}",
          "{service: vimeo, key: s3cret}",
          "{service: youtube}",
          "{service: ivs, key: s3cret}",
          "{service: twitch, key: s3cret, keyFile: x}",
          "{url: 'http://x/live', key: s3cret}"
        }) {
      Path file = write("destinations:\n  a: " + wrong + "\n");
      assertThatThrownBy(() -> NodeSettings.read(file).toConfig())
          .hasMessageContaining("destinations.a: ")
          .hasMessageNotContaining("s3cret");
    }
  }
}

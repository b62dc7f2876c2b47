package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.server.recordings.storage.StorageConfig;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** From where the dashboard may play recordings. */
class DashboardRoutesTest {
  private static StorageConfig s3(@Nullable String endpoint, boolean pathStyle) {
    return new StorageConfig.S3(
        "s3",
        endpoint == null ? null : URI.create(endpoint),
        "eu-central-1",
        "calls",
        "",
        pathStyle,
        new StorageConfig.Credentials.Chain(),
        StorageConfig.Encryption.NONE,
        null,
        Map.of(),
        null,
        false,
        0,
        StorageConfig.Timing.DEFAULT);
  }

  @Test
  void fromTheConfiguredStoragesAlone() {
    assertThat(DashboardRoutes.mediaSources(List.of())).isEmpty();
    assertThat(DashboardRoutes.mediaSources(List.of(s3("http://127.0.0.1:9000/", true))))
        .isEqualTo(" http://127.0.0.1:9000");
    assertThat(DashboardRoutes.mediaSources(List.of(s3("https://s3.example.com", false))))
        .isEqualTo(" https://calls.s3.example.com https://s3.example.com");
    assertThat(DashboardRoutes.mediaSources(List.of(s3(null, false))))
        .isEqualTo(" https://*.amazonaws.com");
  }
}

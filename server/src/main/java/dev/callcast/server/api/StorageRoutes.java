package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The storages that are configured: names and kinds, and nothing that is secret. */
final class StorageRoutes {
  private final Storages storages;

  StorageRoutes(Storages storages) {
    this.storages = storages;
  }

  List<Route> routes() {
    return List.of(Route.of("GET", "/v1/storages", Scope.READ, this::list));
  }

  private Answer list(Request request) {
    return Page.of(request).of(storages.all(), this::show, StorageConfig::name);
  }

  private ObjectNode show(StorageConfig config) {
    ObjectNode item =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("name", config.name())
            .put("kind", config.kind())
            .put("standard", config.name().equals(storages.standard()))
            .put("retention", config.retention());
    if (config instanceof StorageConfig.S3 s3) {
      item.put("bucket", s3.bucket())
          .put("prefix", s3.prefix())
          .put("encryption", s3.encryption().text())
          .put("finalize", s3.fragmented() ? "fragmented" : "mp4");
    }
    return item;
  }
}

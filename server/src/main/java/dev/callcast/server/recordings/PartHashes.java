package dev.callcast.server.recordings;

import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.store.StoredUpload.Part;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** SHA-256 of each part of a recording, and one over them. Stateless. */
public final class PartHashes {
  private PartHashes() {}

  /** As JSON; the hash over them is of their bytes, in order. */
  public static ObjectNode of(long partSize, List<Part> parts) {
    ObjectNode json =
        JsonNodeFactory.instance.objectNode().put("algorithm", "SHA-256").put("partSize", partSize);
    ArrayNode list = json.putArray("parts");
    MessageDigest all = sha256();
    for (Part part : parts) {
      list.addObject()
          .put("number", part.number())
          .put("size", part.size())
          .put("sha256", part.sha256());
      all.update(HexFormat.of().parseHex(part.sha256()));
    }
    return json.put("overall", HexFormat.of().formatHex(all.digest()));
  }

  /** Of a file of this machine that does not change any more; reads all of it. */
  static ObjectNode of(Path file, long partSize) throws IOException {
    List<Part> parts = new ArrayList<>();
    try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = open.size();
      for (long offset = 0; offset < length; offset += partSize) {
        FileSlice slice = new FileSlice(open, offset, Math.min(partSize, length - offset));
        parts.add(
            new Part(
                parts.size() + 1,
                slice.length(),
                "",
                HexFormat.of().formatHex(slice.hash("SHA-256"))));
      }
    }
    return of(partSize, parts);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

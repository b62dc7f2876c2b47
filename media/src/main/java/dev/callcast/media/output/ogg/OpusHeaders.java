package dev.callcast.media.output.ogg;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two header pages of Ogg Opus (RFC 7845 §5), always {@link #LENGTH} bytes: the tags are padded
 * with zeros, so that the finisher can write title and chapters in their place. Stateless.
 */
final class OpusHeaders {
  /** Bytes of both pages. */
  static final int LENGTH = 16 << 10;

  /** A comment of ours: ns on the composition's timeline at which the file starts. */
  static final String ORIGIN = "CALLCAST_ORIGIN=";

  private static final int HEAD_PACKET = 19;
  private static final int HEAD_PAGE = OggPage.HEADER + 1 + HEAD_PACKET;

  /** So long that its page ends at {@link #LENGTH}: its segments are counted in it. */
  private static final int TAGS_PACKET = tagsPacket();

  private OpusHeaders() {}

  private static int tagsPacket() {
    int room = LENGTH - HEAD_PAGE - OggPage.HEADER;
    int packet = room - room / 256 - 1;
    while (packet + packet / 255 + 1 < room) {
      packet++;
    }
    if (packet + packet / 255 + 1 != room) {
      throw new IllegalStateException("no packet gives a page of that length");
    }
    return packet;
  }

  /**
   * Both pages.
   *
   * @param preSkip samples at 48 kHz that a decoder leaves out at the start
   * @param comments {@code NAME=value}; those that have no room are left out, the last ones first
   */
  static byte[] of(int serial, int channels, int preSkip, List<String> comments) {
    var head = ByteBuffer.allocate(HEAD_PACKET).order(ByteOrder.LITTLE_ENDIAN);
    head.put("OpusHead".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) channels);
    head.putShort((short) preSkip).putInt(48_000).putShort((short) 0).put((byte) 0);
    var out = new ByteArrayOutputStream(LENGTH);
    out.writeBytes(OggPage.of(OggPage.FIRST, 0, serial, 0, List.of(head.array())));
    out.writeBytes(OggPage.of(0, 0, serial, 1, List.of(tags(comments))));
    return out.toByteArray();
  }

  private static byte[] tags(List<String> comments) {
    byte[] vendor = "Callcast".getBytes(StandardCharsets.UTF_8);
    var tags = ByteBuffer.allocate(TAGS_PACKET).order(ByteOrder.LITTLE_ENDIAN);
    tags.put("OpusTags".getBytes(StandardCharsets.US_ASCII)).putInt(vendor.length).put(vendor);
    int count = tags.position();
    tags.putInt(0);
    int written = 0;
    for (String comment : comments) {
      byte[] bytes = comment.getBytes(StandardCharsets.UTF_8);
      if (tags.remaining() < 4 + bytes.length) {
        break;
      }
      tags.putInt(bytes.length).put(bytes);
      written++;
    }
    tags.putInt(count, written);
    return tags.array();
  }

  /**
   * What the headers of a file say.
   *
   * @param comments as they are
   */
  record Content(int serial, int channels, int preSkip, List<String> comments) {
    /** The value of a comment of ours, or null. */
    @Nullable String value(String name) {
      return comments.stream()
          .filter(comment -> comment.startsWith(name))
          .map(comment -> comment.substring(name.length()))
          .findFirst()
          .orElse(null);
    }
  }

  /** Reads both pages back; null where they are not whole, or not ours. */
  static @Nullable Content parse(byte[] start) {
    if (start.length < LENGTH) {
      return null;
    }
    var bytes = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
    OggPage.Header head = OggPage.header(bytes);
    if (head == null || head.size() != HEAD_PAGE || head.flags() != OggPage.FIRST) {
      return null;
    }
    OggPage.Header tags = OggPage.header(bytes.slice(HEAD_PAGE, LENGTH - HEAD_PAGE));
    if (tags == null || tags.size() != LENGTH - HEAD_PAGE || tags.serial() != head.serial()) {
      return null;
    }
    int at = OggPage.HEADER + 1;
    int channels = bytes.get(at + 9);
    int preSkip = bytes.getShort(at + 10) & 0xffff;
    var packet =
        bytes
            .slice(HEAD_PAGE + OggPage.HEADER + tags.segments(), TAGS_PACKET)
            .order(ByteOrder.LITTLE_ENDIAN);
    packet.position(8);
    packet.position(packet.getInt() + packet.position());
    int count = packet.getInt();
    var comments = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      byte[] comment = new byte[packet.getInt()];
      packet.get(comment);
      comments.add(new String(comment, StandardCharsets.UTF_8));
    }
    return new Content(head.serial(), channels, preSkip, comments);
  }
}

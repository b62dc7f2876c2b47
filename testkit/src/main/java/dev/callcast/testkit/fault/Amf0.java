package dev.callcast.testkit.fault;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** As much of AMF0, RTMP's data format, as senders of streams use. */
final class Amf0 {
  private static final int NUMBER = 0;
  private static final int BOOLEAN = 1;
  private static final int STRING = 2;
  private static final int OBJECT = 3;
  private static final int NULL = 5;
  private static final int MAP = 8;
  private static final int OBJECT_END = 9;

  private Amf0() {}

  /** All values of a message: numbers, booleans, strings, null, and maps of them. */
  static List<@Nullable Object> read(byte[] message) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(message);
    List<@Nullable Object> values = new ArrayList<>();
    while (in.hasRemaining()) {
      values.add(value(in));
    }
    return values;
  }

  private static @Nullable Object value(ByteBuffer in) throws IOException {
    int type = in.get();
    return switch (type) {
      case NUMBER -> in.getDouble();
      case BOOLEAN -> in.get() != 0;
      case STRING -> text(in);
      case NULL -> null;
      case MAP -> {
        in.getInt(); // how many there are, of which senders are not sure themselves
        yield object(in);
      }
      case OBJECT -> object(in);
      default -> throw new IOException("AMF0 of type " + type + " is not known");
    };
  }

  private static Map<String, @Nullable Object> object(ByteBuffer in) throws IOException {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    String name = text(in);
    while (!name.isEmpty()) {
      object.put(name, value(in));
      name = text(in);
    }
    if (in.get() != OBJECT_END) {
      throw new IOException("an AMF0 object without its end");
    }
    return object;
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[in.getShort() & 0xffff];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** A message of numbers, strings, null and maps of them. */
  static byte[] write(@Nullable Object... values) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (Object value : values) {
      write(out, value);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> out.writeByte(NULL);
      case Double number -> {
        out.writeByte(NUMBER);
        out.writeDouble(number);
      }
      case Map<?, ?> object -> {
        out.writeByte(OBJECT);
        for (Map.Entry<?, ?> entry : object.entrySet()) {
          out.writeUTF(String.valueOf(entry.getKey()));
          write(out, entry.getValue());
        }
        out.writeShort(0);
        out.writeByte(OBJECT_END);
      }
      default -> {
        out.writeByte(STRING);
        out.writeUTF(value.toString());
      }
    }
  }
}

package dev.callcast.testkit.fault;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server that takes every RTMP stream and notes what came, byte for byte: nginx cuts a question
 * mark off the stream key before it tells anybody. Of pictures and sound it keeps sizes and times.
 * With {@link Stunnel} before it, it takes RTMPS. Usable by any thread; whoever made it closes it.
 */
public final class RtmpPeer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RtmpPeer.class);

  private static final int HANDSHAKE = 1536;
  private static final int ACKNOWLEDGE_EVERY = 50_000;

  // Types of messages (RTMP 1.0, 5.4 and 7.1).
  private static final int SET_CHUNK_SIZE = 1;
  private static final int ACKNOWLEDGEMENT = 3;
  private static final int WINDOW_SIZE = 5;
  private static final int AUDIO = 8;
  private static final int VIDEO = 9;
  private static final int DATA = 18;
  private static final int COMMAND = 20;

  /**
   * One packet of picture or sound.
   *
   * @param video else it is sound
   * @param header the codec's configuration, no media
   * @param time ms, as the sender stamped it
   * @param bytes with the FLV header of a few bytes
   */
  public record Tag(boolean video, boolean header, boolean keyFrame, long time, int bytes) {}

  /** What came on one connection since it began to publish; it may still grow. */
  public static final class Publication {
    private final String application;
    private final String tcUrl;
    private final String key;
    private final Map<String, Object> metadata = new ConcurrentHashMap<>();
    private final List<Tag> tags = new ArrayList<>(); // guarded by itself
    private volatile boolean ended;

    private Publication(String application, String tcUrl, String key) {
      this.application = application;
      this.tcUrl = tcUrl;
      this.key = key;
    }

    /** {@code app} of the command {@code connect}. */
    public String application() {
      return application;
    }

    /** {@code tcUrl} of the command {@code connect}. */
    public String tcUrl() {
      return tcUrl;
    }

    /** The stream's name in the command {@code publish}. */
    public String key() {
      return key;
    }

    /** {@code onMetaData}: numbers, booleans and strings by name; empty before it came. */
    public Map<String, Object> metadata() {
      return Map.copyOf(metadata);
    }

    /** Whether the sender said that it is over, or is gone. */
    public boolean ended() {
      return ended;
    }

    /** All that came so far, in order. */
    public List<Tag> tags() {
      synchronized (tags) {
        return List.copyOf(tags);
      }
    }

    /** Pictures without the header, in order. */
    public List<Tag> pictures() {
      return tags().stream().filter(tag -> tag.video() && !tag.header()).toList();
    }

    /** The most bit/s of picture in any window of so many ms, by the tags' own times. */
    public double peakBitrate(long window) {
      List<Tag> pictures = pictures();
      long sum = 0;
      long most = 0;
      int first = 0;
      for (Tag tag : pictures) {
        sum += tag.bytes();
        while (tag.time() - pictures.get(first).time() >= window) {
          sum -= pictures.get(first++).bytes();
        }
        most = Math.max(most, sum);
      }
      return most * 8_000.0 / window;
    }
  }

  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<Publication> publications = new CopyOnWriteArrayList<>();

  private RtmpPeer() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("rtmp-accept").start(this::accept);
  }

  /** Listens on a free port of the loopback address. */
  public static RtmpPeer start() throws IOException {
    return new RtmpPeer();
  }

  public int port() {
    return server.getLocalPort();
  }

  /** All that was published, in the order of its beginning. */
  public List<Publication> publications() {
    return List.copyOf(publications);
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread.ofVirtual().name("rtmp-peer").start(() -> serve(socket));
      }
    } catch (IOException e) {
      LOG.debug("no more connections", e);
    }
  }

  private void serve(Socket socket) {
    Connection connection = null;
    try (socket) {
      connection = new Connection(socket);
      connection.handshake();
      while (true) {
        connection.readChunk();
      }
    } catch (EOFException | SocketException e) {
      LOG.debug("a connection ended", e);
    } catch (IOException | RuntimeException e) {
      LOG.warn("a connection was given up", e);
    } finally {
      sockets.remove(socket);
      if (connection != null && connection.publication != null) {
        connection.publication.ended = true;
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  /** A message of which not all chunks came yet, and what the next one leaves out. */
  private static final class ChunkStream {
    private long time;
    private long delta;
    private int length;
    private int type;
    private boolean extended;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  }

  /** Owned by the thread that serves it. */
  private final class Connection {
    private final DataInputStream in;
    private final DataOutputStream out;
    private final Map<Integer, ChunkStream> streams = new HashMap<>();
    private int chunkSize = 128;
    private long received;
    private long acknowledged;
    private String application = "";
    private String tcUrl = "";
    private @Nullable Publication publication;

    Connection(Socket socket) throws IOException {
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
      out = new DataOutputStream(socket.getOutputStream());
    }

    void handshake() throws IOException {
      if (in.readByte() != 3) {
        throw new IOException("this is not RTMP");
      }
      byte[] theirs = in.readNBytes(HANDSHAKE);
      out.writeByte(3);
      out.write(new byte[HANDSHAKE]);
      out.write(theirs);
      in.skipNBytes(HANDSHAKE);
    }

    /** One chunk (5.3.1), and its message where it is the last one. */
    void readChunk() throws IOException {
      int first = in.readUnsignedByte();
      int format = first >> 6;
      int id = first & 0x3f;
      if (id < 2) {
        throw new IOException("more than 62 chunk streams");
      }
      ChunkStream stream = streams.computeIfAbsent(id, _ -> new ChunkStream());
      long time = stream.delta;
      if (format < 3) {
        time = readThree();
        stream.extended = time == 0xffffff;
      }
      if (format < 2) {
        stream.length = readThree();
        stream.type = in.readUnsignedByte();
      }
      if (format == 0) {
        in.readInt(); // the message stream; each connection has only one
      }
      if (stream.extended) {
        time = in.readInt() & 0xffffffffL;
      }
      if (stream.body.size() == 0) {
        stream.delta = format == 0 ? 0 : time;
        stream.time = format == 0 ? time : stream.time + time;
      }
      byte[] part = in.readNBytes(Math.min(chunkSize, stream.length - stream.body.size()));
      stream.body.write(part);
      // About as many as came: headers are not counted.
      received += part.length;
      if (stream.body.size() == stream.length) {
        byte[] body = stream.body.toByteArray();
        stream.body.reset();
        message(stream, body);
      }
      if (received - acknowledged >= ACKNOWLEDGE_EVERY) {
        acknowledged = received;
        send(ACKNOWLEDGEMENT, ByteBuffer.allocate(4).putInt((int) received).array());
      }
    }

    private int readThree() throws IOException {
      return in.readUnsignedByte() << 16 | in.readUnsignedShort();
    }

    private void message(ChunkStream stream, byte[] body) throws IOException {
      switch (stream.type) {
        case SET_CHUNK_SIZE -> chunkSize = ByteBuffer.wrap(body).getInt();
        case COMMAND -> command(Amf0.read(body));
        case DATA -> data(Amf0.read(body));
        case AUDIO, VIDEO -> media(stream, body);
        default -> LOG.debug("message of type {} passed over", stream.type);
      }
    }

    private void command(List<@Nullable Object> words) throws IOException {
      Object transaction = words.get(1);
      switch (String.valueOf(words.get(0))) {
        case "connect" -> {
          Map<?, ?> object = (Map<?, ?>) words.get(2);
          application = String.valueOf(object == null ? null : object.get("app"));
          tcUrl = String.valueOf(object == null ? null : object.get("tcUrl"));
          send(WINDOW_SIZE, ByteBuffer.allocate(4).putInt(ACKNOWLEDGE_EVERY).array());
          reply("_result", transaction, Map.of(), status("NetConnection.Connect.Success"));
        }
        case "createStream" -> reply("_result", transaction, null, 1.0);
        case "publish" -> {
          publication = new Publication(application, tcUrl, String.valueOf(words.get(3)));
          publications.add(publication);
          reply("onStatus", 0.0, null, status("NetStream.Publish.Start"));
        }
        case "deleteStream", "FCUnpublish", "closeStream" -> {
          if (publication != null) {
            publication.ended = true;
          }
        }
        default -> LOG.debug("command {} passed over", words.get(0));
      }
    }

    private static Map<String, Object> status(String code) {
      return Map.of("level", "status", "code", code, "description", code);
    }

    private void reply(@Nullable Object... words) throws IOException {
      send(COMMAND, Amf0.write(words));
    }

    /** {@code @setDataFrame} before it is for the server only; some senders leave it out. */
    private void data(List<@Nullable Object> words) {
      Publication to = publication;
      if (to != null
          && words.contains("onMetaData")
          && words.getLast() instanceof Map<?, ?> values) {
        values.forEach((name, value) -> {
          if (value != null) {
            to.metadata.put(String.valueOf(name), value);
          }
        });
      }
    }

    private void media(ChunkStream stream, byte[] body) {
      Publication to = publication;
      if (to == null || body.length < 2) {
        return;
      }
      boolean video = stream.type == VIDEO;
      boolean keyFrame = video && body[0] >> 4 == 1;
      synchronized (to.tags) {
        to.tags.add(new Tag(video, body[1] == 0, keyFrame, stream.time, body.length));
      }
    }

    /** Commands for a stream come on message stream 1, the only one there is. */
    private void send(int type, byte[] body) throws IOException {
      int id = type == COMMAND ? 3 : 2;
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream chunks = new DataOutputStream(bytes);
      chunks.writeByte(id);
      chunks.write(new byte[3]);
      chunks.writeByte(body.length >> 16);
      chunks.writeShort(body.length);
      chunks.writeByte(type);
      chunks.writeInt(Integer.reverseBytes(type == COMMAND && publication != null ? 1 : 0));
      for (int from = 0; from < body.length; from += 128) {
        if (from > 0) {
          chunks.writeByte(0xc0 | id);
        }
        chunks.write(body, from, Math.min(128, body.length - from));
      }
      out.write(bytes.toByteArray());
    }
  }
}

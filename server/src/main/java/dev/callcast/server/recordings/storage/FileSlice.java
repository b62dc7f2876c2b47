package dev.callcast.server.recordings.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Bytes {@code offset} to {@code offset + length} of an open file, read where they are: nothing of
 * it is kept in memory. The channel is the caller's; a slice never closes it (to close any channel
 * of a file drops this process' POSIX locks on it). Safe for any thread.
 */
public record FileSlice(FileChannel file, long offset, long length) {
  private static final int CHUNK = 64 << 10;

  /** MD5 and SHA-256, in hex. */
  public record Digests(String md5, String sha256) {}

  /** A new stream over it, as often as wanted. */
  InputStream stream() {
    return new Stream();
  }

  /** Reads all of it once. */
  public Digests digests() throws IOException {
    MessageDigest md5 = digest("MD5");
    MessageDigest sha256 = digest("SHA-256");
    read(md5, sha256);
    HexFormat hex = HexFormat.of();
    return new Digests(hex.formatHex(md5.digest()), hex.formatHex(sha256.digest()));
  }

  /** The MD5 alone, in hex: for what is sent again and again and never shown. */
  public String md5() throws IOException {
    return HexFormat.of().formatHex(hash("MD5"));
  }

  /** One hash of it; an algorithm that every Java has. */
  public byte[] hash(String algorithm) throws IOException {
    MessageDigest digest = digest(algorithm);
    read(digest);
    return digest.digest();
  }

  private void read(MessageDigest... digests) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = stream()) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        for (MessageDigest digest : digests) {
          digest.update(chunk, 0, n);
        }
      }
    }
  }

  static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has " + algorithm, e);
    }
  }

  private final class Stream extends InputStream {
    private long position = offset;
    private long marked = offset;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      Objects.checkFromIndexSize(from, count, bytes.length);
      long left = offset + length - position;
      if (left <= 0) {
        return -1;
      }
      int n = file.read(ByteBuffer.wrap(bytes, from, (int) Math.min(count, left)), position);
      if (n < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
      position += n;
      return n;
    }

    @Override
    public long skip(long count) {
      long skipped = Math.max(0, Math.min(count, offset + length - position));
      position += skipped;
      return skipped;
    }

    @Override
    public int available() {
      return (int) Math.min(Integer.MAX_VALUE, offset + length - position);
    }

    @Override
    public boolean markSupported() {
      return true;
    }

    @Override
    public void mark(int readLimit) {
      marked = position;
    }

    @Override
    public void reset() {
      position = marked;
    }
  }
}

package dev.callcast.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The node's own secret: 32 random bytes in a file of mode 0600, made at the first start. Keys for
 * each purpose are derived from it (HKDF, RFC 5869). Without the file the secrets in the store
 * cannot be read and links and tokens end. Safe for any thread; nothing to close.
 */
public final class NodeKey {
  private static final String PREFIX = "s1:";
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final SecretKey sealing;
  private final SecretKey links;
  private final SecretKey tokens;

  private NodeKey(byte[] master) throws GeneralSecurityException {
    sealing = derive(master, "callcast seal", "AES");
    links = derive(master, "callcast links", "HmacSHA256");
    tokens = derive(master, "callcast tokens", "HmacSHA256");
  }

  /**
   * Reads the file, or makes it.
   *
   * @throws IOException when it cannot be read or written, is not 32 bytes, or others may read it
   */
  public static NodeKey open(Path file) throws IOException {
    if (!Files.exists(file)) {
      create(file);
    }
    var permissions = Files.getPosixFilePermissions(file);
    if (PosixFilePermissions.toString(permissions).indexOf('r', 3) >= 0) {
      throw new IOException(
          file + " may be read by others: chmod 600 it, and think about who has read it");
    }
    byte[] master = Files.readAllBytes(file);
    if (master.length != 32) {
      throw new IOException(
          file + " is not a node key (32 bytes): restore it, or without it start with new data");
    }
    try {
      return new NodeKey(master);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java 25 has HKDF-SHA256", e);
    } finally {
      Arrays.fill(master, (byte) 0);
    }
  }

  private static void create(Path file) throws IOException {
    // Under another name first: a crash between open and write must not leave an empty key.
    Path fresh = file.resolveSibling(file.getFileName() + "." + Ids.random(""));
    Files.createFile(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.write(fresh, Ids.randomBytes(32), StandardOpenOption.SYNC);
      Files.createLink(file, fresh);
    } catch (FileAlreadyExistsException e) {
      // Another process was first: its key counts.
      if (!Files.exists(file)) {
        throw e;
      }
    } finally {
      Files.delete(fresh);
    }
  }

  private static SecretKey derive(byte[] master, String purpose, String algorithm)
      throws GeneralSecurityException {
    KDF kdf = KDF.getInstance("HKDF-SHA256");
    return kdf.deriveKey(
        algorithm,
        HKDFParameterSpec.ofExtract()
            .addIKM(new SecretKeySpec(master, "Generic"))
            .thenExpand(purpose.getBytes(UTF_8), 32));
  }

  /**
   * Encrypts and authenticates (AES-256-GCM, random nonce).
   *
   * @param context what it belongs to; the same has to be given to {@link #unseal}
   */
  public String seal(String clear, String context) {
    try {
      byte[] nonce = Ids.randomBytes(NONCE_BYTES);
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, sealing, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(context.getBytes(UTF_8));
      byte[] sealed = cipher.doFinal(clear.getBytes(UTF_8));
      byte[] both = Arrays.copyOf(nonce, nonce.length + sealed.length);
      System.arraycopy(sealed, 0, both, nonce.length, sealed.length);
      return PREFIX + Base64.getEncoder().encodeToString(both);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES-GCM", e);
    }
  }

  /**
   * The reverse of {@link #seal}.
   *
   * @throws IllegalStateException when it was sealed with another key, for another context, or
   *     changed
   */
  public String unseal(String sealed, String context) {
    if (!sealed.startsWith(PREFIX)) {
      throw new IllegalStateException("a secret in the store is not sealed");
    }
    try {
      byte[] both = Base64.getDecoder().decode(sealed.substring(PREFIX.length()));
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE, sealing, new GCMParameterSpec(TAG_BITS, both, 0, NONCE_BYTES));
      cipher.updateAAD(context.getBytes(UTF_8));
      return new String(cipher.doFinal(both, NONCE_BYTES, both.length - NONCE_BYTES), UTF_8);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "a secret in the store cannot be read with this node's key file: restore the key file"
              + " that belongs to this data",
          e);
    }
  }

  /** HMAC-SHA-256 for links to recordings. */
  public byte[] signLink(String text) {
    return sign(links, text);
  }

  /** HMAC-SHA-256 for tokens (HS256, RFC 7518). */
  public byte[] signToken(String text) {
    return sign(tokens, text);
  }

  private static byte[] sign(SecretKey key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HMAC-SHA-256", e);
    }
  }
}

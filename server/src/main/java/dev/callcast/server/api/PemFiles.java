package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** Certificates and keys as certificate authorities and their clients write them (RFC 7468). */
final class PemFiles {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]*)-----END \\1-----");

  private PemFiles() {}

  /**
   * The certificates of a file, in their order.
   *
   * @throws IOException saying what is wrong with it
   */
  static List<X509Certificate> certificates(byte[] pem) throws IOException {
    try {
      List<X509Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (found.isEmpty()) {
        throw new IOException("there is no certificate in it");
      }
      return found;
    } catch (CertificateException e) {
      throw new IOException("it is no certificate in PEM: " + e.getMessage(), e);
    }
  }

  /**
   * The private key of a file: PKCS #8, or OpenSSL's older ways to write RSA and EC keys.
   *
   * @throws IOException saying what is wrong with it
   */
  static PrivateKey privateKey(byte[] pem) throws IOException {
    Matcher matcher = KEY.matcher(new String(pem, US_ASCII));
    if (!matcher.find()) {
      throw new IOException("there is no private key in it");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(matcher.group(2));
      byte[] pkcs8 =
          switch (matcher.group(1)) {
            case "PRIVATE KEY" -> der;
            case "RSA PRIVATE KEY" ->
                new PrivateKeyInfo(
                        new AlgorithmIdentifier(
                            PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                        RSAPrivateKey.getInstance(der))
                    .getEncoded();
            case "EC PRIVATE KEY" -> {
              ECPrivateKey key = ECPrivateKey.getInstance(der);
              yield new PrivateKeyInfo(
                      new AlgorithmIdentifier(
                          X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
                      key)
                  .getEncoded();
            }
            case "ENCRYPTED PRIVATE KEY" ->
                throw new IOException(
                    "the key is encrypted; write it without a password:"
                        + " openssl pkey -in OLD -out NEW, readable by this node alone");
            default -> throw new IOException("it holds a key of an unknown kind");
          };
      return key(new PKCS8EncodedKeySpec(pkcs8));
    } catch (IllegalArgumentException e) {
      throw new IOException("it is no private key in PEM: " + e.getMessage(), e);
    }
  }

  private static PrivateKey key(PKCS8EncodedKeySpec spec) throws IOException {
    for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException another) {
        // or of the next kind
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java knows " + algorithm, e);
      }
    }
    throw new IOException("it holds no key that is RSA, EC or Ed25519");
  }

  /** Whether the key is that of the certificate. */
  static boolean match(PrivateKey key, PublicKey certified) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    try {
      byte[] something = "callcast".getBytes(US_ASCII);
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(something);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(something);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false; // keys of different kinds
    }
  }
}

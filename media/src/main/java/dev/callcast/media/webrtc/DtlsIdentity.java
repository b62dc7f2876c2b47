package dev.callcast.media.webrtc;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * A key of ECDSA on P-256 and the certificate that it signed for itself. Nobody trusts it for its
 * name: its fingerprint in the description of the session is what makes it the right one.
 *
 * @param certificate base64 of X.509 in DER
 * @param privateKey base64 of PKCS #8
 */
public record DtlsIdentity(String certificate, String privateKey) {
  /** The hashes that a fingerprint may be of, as SDP calls them (RFC 8122). */
  public static final List<String> HASHES = List.of("sha-256", "sha-384", "sha-512");

  /** Clocks differ, and sessions last. */
  private static final Duration VALID = Duration.ofDays(365);

  private static final Duration EARLIER = Duration.ofDays(1);

  /** Makes one, for one session. */
  public static DtlsIdentity make() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      AlgorithmIdentifier algorithm =
          new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
      X500Name name = new X500Name("CN=callcast");
      Instant now = Instant.now();
      V3TBSCertificateGenerator unsigned = new V3TBSCertificateGenerator();
      unsigned.setSerialNumber(new ASN1Integer(new BigInteger(63, new SecureRandom())));
      unsigned.setSignature(algorithm);
      unsigned.setIssuer(name);
      unsigned.setSubject(name);
      unsigned.setStartDate(new Time(Date.from(now.minus(EARLIER))));
      unsigned.setEndDate(new Time(Date.from(now.plus(VALID))));
      unsigned.setSubjectPublicKeyInfo(
          SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()));
      TBSCertificate body = unsigned.generateTBSCertificate();
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(pair.getPrivate());
      signature.update(body.getEncoded(ASN1Encoding.DER));
      byte[] certificate =
          new DERSequence(new ASN1Encodable[] {body, algorithm, new DERBitString(signature.sign())})
              .getEncoded(ASN1Encoding.DER);
      Base64.Encoder encoder = Base64.getEncoder();
      return new DtlsIdentity(
          encoder.encodeToString(certificate),
          encoder.encodeToString(pair.getPrivate().getEncoded()));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java cannot make an ECDSA certificate", e);
    }
  }

  /** As SDP says it: {@code sha-256 AB:CD:…}. */
  public String fingerprint() {
    return fingerprint("sha-256", Base64.getDecoder().decode(certificate));
  }

  /** The fingerprint of a certificate in DER by one of {@link #HASHES}. */
  static String fingerprint(String hash, byte[] certificate) {
    try {
      MessageDigest digest = MessageDigest.getInstance(hash.toUpperCase(Locale.ROOT));
      return hash
          + " "
          + HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest.digest(certificate));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks " + hash, e);
    }
  }

  @Override
  public String toString() {
    return "DtlsIdentity[" + fingerprint() + "]";
  }
}

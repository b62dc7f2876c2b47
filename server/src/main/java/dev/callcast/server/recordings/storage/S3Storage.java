package dev.callcast.server.recordings.storage;

import dev.callcast.server.recordings.storage.StorageConfig.Credentials;
import dev.callcast.server.recordings.storage.StorageConfig.Encryption;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSupplier;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * One bucket, spoken to by AWS's SDK: each method is one request and blocks its (virtual) thread
 * until the answer, or until the configured timeout. Nothing is repeated in here, so that whoever
 * asks can count, wait and give up. Safe for any thread; owned and closed by {@link Storages}.
 *
 * <p>Checksums of the SDK's own making are off where S3 does not require them, and bodies are sent
 * as they are (no {@code aws-chunked}): Ceph and others know neither. Parts are checked by their
 * MD5 instead, which is their ETag, except under SSE-KMS.
 */
public final class S3Storage implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final int CONNECTIONS = 256;

  /** At a time, of one call. */
  private static final int DELETES = 32;

  private final StorageConfig.S3 config;
  private final AwsCredentialsProvider credentials;
  private final S3Client client;

  /** A part as the storage lists it. */
  public record ListedPart(int number, long size, String etag) {}

  /** A multipart upload that was neither completed nor aborted. */
  public record OpenUpload(String key, String uploadId, Instant initiated) {}

  /** A part for Complete. */
  public record PartTag(int number, String etag) {}

  S3Storage(StorageConfig.S3 config) {
    this.config = config;
    this.credentials = provider(config.credentials());
    Duration timeout = config.timing().requestTimeout();
    Duration connect = timeout.compareTo(CONNECT) < 0 ? timeout : CONNECT;
    var builder =
        S3Client.builder()
            .region(Region.of(config.region()))
            .credentialsProvider(credentials)
            .serviceConfiguration(serviceConfiguration(config))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .overrideConfiguration(override ->
                override
                    .retryStrategy(DefaultRetryStrategy.doNotRetry())
                    .apiCallTimeout(timeout)
                    .apiCallAttemptTimeout(timeout))
            .httpClientBuilder(
                Apache5HttpClient.builder()
                    .maxConnections(CONNECTIONS)
                    .connectionTimeout(connect)
                    .connectionAcquisitionTimeout(timeout)
                    .socketTimeout(timeout)
                    .tcpKeepAlive(true));
    if (config.endpoint() != null) {
      builder.endpointOverride(config.endpoint());
    }
    this.client = builder.build();
  }

  private static S3Configuration serviceConfiguration(StorageConfig.S3 config) {
    return S3Configuration.builder()
        .pathStyleAccessEnabled(config.pathStyle())
        .chunkedEncodingEnabled(false)
        // Also of a megabyte and less: a server that refuses one that was not announced closes the
        // connection under it, and the refusal is never read. Of one that says the clock is wrong
        // the SDK has to know, or all that follow are refused as well.
        .expectContinueThresholdInBytes(0L)
        .build();
  }

  private static AwsCredentialsProvider provider(Credentials credentials) {
    return switch (credentials) {
      case Credentials.File file ->
          ProfileCredentialsProvider.builder()
              .profileFile(
                  ProfileFileSupplier.reloadWhenModified(file.path(), ProfileFile.Type.CREDENTIALS))
              .profileName(file.profile())
              .build();
      case Credentials.Environment environment -> EnvironmentVariableCredentialsProvider.create();
      case Credentials.Chain chain -> DefaultCredentialsProvider.builder().build();
    };
  }

  public StorageConfig.S3 config() {
    return config;
  }

  /** Begins a multipart upload. */
  public String createUpload(String key, String contentType, Map<String, String> metadata)
      throws StorageException {
    return call(
        "CreateMultipartUpload",
        () ->
            client
                .createMultipartUpload(request -> {
                  request
                      .bucket(config.bucket())
                      .key(key)
                      .contentType(contentType)
                      .metadata(metadata)
                      .storageClass(config.storageClass())
                      .serverSideEncryption(encryption())
                      .ssekmsKeyId(config.kmsKey());
                  if (!config.tags().isEmpty()) {
                    request.tagging(tagging());
                  }
                })
                .uploadId());
  }

  /**
   * Sends a part.
   *
   * @param md5 hex, of the bytes
   * @return its ETag
   * @throws StorageException also where the storage got other bytes
   */
  public String uploadPart(String key, String uploadId, int number, FileSlice part, String md5)
      throws StorageException {
    String etag =
        call(
            "UploadPart " + number,
            () ->
                client
                    .uploadPart(
                        request ->
                            request
                                .bucket(config.bucket())
                                .key(key)
                                .uploadId(uploadId)
                                .partNumber(number)
                                .contentLength(part.length()),
                        body(part))
                    .eTag());
    return checked("part " + number, etag, md5);
  }

  /**
   * Sends a small object beside another one; encrypted as that is, without its tags and class.
   *
   * @return its ETag
   */
  public String put(
      String key, String contentType, Map<String, String> metadata, FileSlice bytes, String md5)
      throws StorageException {
    String etag =
        call(
            "PutObject",
            () ->
                client
                    .putObject(
                        request ->
                            request
                                .bucket(config.bucket())
                                .key(key)
                                .contentType(contentType)
                                .metadata(metadata)
                                .serverSideEncryption(encryption())
                                .ssekmsKeyId(config.kmsKey())
                                .contentLength(bytes.length()),
                        body(bytes))
                    .eTag());
    return checked(key, etag, md5);
  }

  /**
   * Sends a whole object that is read by itself, with its tags and class.
   *
   * @param cacheControl for those who fetch it
   */
  public void putWhole(
      String key, String contentType, String cacheControl, FileSlice bytes, String md5)
      throws StorageException {
    String etag =
        call(
            "PutObject",
            () ->
                client
                    .putObject(
                        request -> {
                          request
                              .bucket(config.bucket())
                              .key(key)
                              .contentType(contentType)
                              .cacheControl(cacheControl)
                              .storageClass(config.storageClass())
                              .serverSideEncryption(encryption())
                              .ssekmsKeyId(config.kmsKey())
                              .contentLength(bytes.length());
                          if (!config.tags().isEmpty()) {
                            request.tagging(tagging());
                          }
                        },
                        body(bytes))
                    .eTag());
    checked(key, etag, md5);
  }

  /** Puts the parts together; the object's ETag. */
  public String complete(String key, String uploadId, List<PartTag> parts) throws StorageException {
    List<CompletedPart> completed =
        parts.stream()
            .map(
                part -> CompletedPart.builder().partNumber(part.number()).eTag(part.etag()).build())
            .toList();
    String etag =
        call(
            "CompleteMultipartUpload",
            () ->
                client
                    .completeMultipartUpload(request ->
                        request
                            .bucket(config.bucket())
                            .key(key)
                            .uploadId(uploadId)
                            .multipartUpload(upload -> upload.parts(completed)))
                    .eTag());
    return unquoted(etag);
  }

  /** What there is under a key; empty when nothing. */
  public Optional<ObjectInfo> head(String key) throws StorageException {
    try {
      return Optional.of(
          call(
              "HeadObject",
              () -> {
                HeadObjectResponse head =
                    client.headObject(request -> request.bucket(config.bucket()).key(key));
                return new ObjectInfo(
                    head.contentLength(),
                    unquoted(head.eTag()),
                    head.serverSideEncryptionAsString(),
                    head.ssekmsKeyId(),
                    head.metadata());
              }));
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.UNKNOWN) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The parts that the storage has of an upload, by number. */
  public List<ListedPart> listParts(String key, String uploadId) throws StorageException {
    return call(
        "ListParts",
        () ->
            client
                .listPartsPaginator(
                    request -> request.bucket(config.bucket()).key(key).uploadId(uploadId))
                .parts()
                .stream()
                .map(part -> new ListedPart(part.partNumber(), part.size(), unquoted(part.eTag())))
                .sorted(Comparator.comparingInt(ListedPart::number))
                .toList());
  }

  /** The uploads under the configured prefix that are open. */
  public List<OpenUpload> openUploads() throws StorageException {
    return call(
        "ListMultipartUploads",
        () ->
            client
                .listMultipartUploadsPaginator(request -> {
                  request.bucket(config.bucket());
                  if (!config.prefix().isEmpty()) {
                    request.prefix(config.prefix());
                  }
                })
                .uploads()
                .stream()
                .map(upload -> new OpenUpload(upload.key(), upload.uploadId(), upload.initiated()))
                .toList());
  }

  /** Ends an upload and frees its parts; one that is not there counts as done. */
  public void abort(String key, String uploadId) throws StorageException {
    try {
      call(
          "AbortMultipartUpload",
          () ->
              client.abortMultipartUpload(
                  request -> request.bucket(config.bucket()).key(key).uploadId(uploadId)));
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.UNKNOWN) {
        throw e;
      }
    }
  }

  /** Deletes an object; one that is not there counts as done. */
  public void delete(String key) throws StorageException {
    try {
      call(
          "DeleteObject",
          () -> client.deleteObject(request -> request.bucket(config.bucket()).key(key)));
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.UNKNOWN) {
        throw e;
      }
    }
  }

  /**
   * Deletes any number of objects, several at a time: there is one request for many, but not
   * everywhere. Those that are not there count as done.
   *
   * @throws StorageException the first one that came up; others may be deleted then or not
   */
  public void deleteAll(Collection<String> keys) throws StorageException {
    AtomicReference<@Nullable StorageException> failure = new AtomicReference<>();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(DELETES, Thread.ofVirtual().factory())) {
      for (String key : keys) {
        threads.execute(() -> {
          try {
            if (failure.get() == null) {
              delete(key);
            }
          } catch (StorageException e) {
            failure.compareAndSet(null, e);
          }
        });
      }
    }
    StorageException first = failure.get();
    if (first != null) {
      throw first;
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new StorageException(
          StorageException.Kind.AWAY,
          "DeleteObject at " + config.name() + ": broken off, the node ends",
          new InterruptedException());
    }
  }

  /** Reads an object from its start. */
  public void read(String key, Reader reader) throws IOException {
    ResponseInputStream<GetObjectResponse> object =
        call(
            "GetObject",
            () -> client.getObject(request -> request.bucket(config.bucket()).key(key)));
    try (object) {
      reader.read(object, object.response().contentLength(), object.response().metadata());
    } catch (SdkException e) {
      throw failure("GetObject", e);
    }
  }

  /** Takes an object's bytes. */
  @FunctionalInterface
  public interface Reader {
    void read(InputStream in, long length, Map<String, String> metadata) throws IOException;
  }

  /**
   * A link that works for everyone who has it.
   *
   * @param disposition the Content-Disposition that it will be answered with
   */
  public URI link(String key, Duration valid, String contentType, String disposition)
      throws StorageException {
    S3Presigner.Builder builder =
        S3Presigner.builder()
            .region(Region.of(config.region()))
            .credentialsProvider(credentials)
            .serviceConfiguration(serviceConfiguration(config));
    if (config.endpoint() != null) {
      builder.endpointOverride(config.endpoint());
    }
    return call(
        "presign",
        () -> {
          try (S3Presigner presigner = builder.build()) {
            return URI.create(
                presigner
                    .presignGetObject(presign ->
                        presign
                            .signatureDuration(valid)
                            .getObjectRequest(request ->
                                request
                                    .bucket(config.bucket())
                                    .key(key)
                                    .responseContentType(contentType)
                                    .responseContentDisposition(disposition)))
                    .url()
                    .toString());
          }
        });
  }

  /** Whether HEAD shows what was asked for; else what is wrong. */
  public @Nullable String encryptionFault(ObjectInfo info) {
    String key = config.kmsKey();
    return switch (config.encryption()) {
      case NONE -> null;
      case SSE_S3 -> "AES256".equals(info.encryption()) ? null : fault("SSE-S3", info.encryption());
      case SSE_KMS ->
          !"aws:kms".equals(info.encryption())
              ? fault("SSE-KMS", info.encryption())
              : key == null || (info.kmsKey() != null && info.kmsKey().endsWith(key))
                  ? null
                  : "SSE-KMS was asked for with key " + key + ", the storage says " + info.kmsKey();
    };
  }

  private static String fault(String asked, @Nullable String has) {
    return asked + " was asked for, the storage says " + (has == null ? "nothing of it" : has);
  }

  /** Whether ETags are MD5s. */
  public boolean etagsAreMd5() {
    return config.encryption() != Encryption.SSE_KMS;
  }

  @Override
  public void close() {
    client.close();
    if (credentials instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing credentials", e);
      }
    }
  }

  private @Nullable ServerSideEncryption encryption() {
    return switch (config.encryption()) {
      case NONE -> null;
      case SSE_S3 -> ServerSideEncryption.AES256;
      case SSE_KMS -> ServerSideEncryption.AWS_KMS;
    };
  }

  private String tagging() {
    return config.tags().entrySet().stream()
        .map(tag -> encoded(tag.getKey()) + "=" + encoded(tag.getValue()))
        .sorted()
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static RequestBody body(FileSlice slice) {
    return RequestBody.fromContentProvider(
        slice::stream, slice.length(), "application/octet-stream");
  }

  private String checked(String what, String etag, String md5) throws StorageException {
    String plain = unquoted(etag);
    if (etagsAreMd5() && !plain.equalsIgnoreCase(md5)) {
      throw new StorageException(
          StorageException.Kind.AWAY,
          "the storage got other bytes of " + what + ": its ETag is " + plain + ", not " + md5,
          new IOException("ETag"));
    }
    return plain;
  }

  private static String unquoted(@Nullable String etag) {
    return etag == null ? "" : etag.replace("\"", "");
  }

  private <T> T call(String operation, Supplier<T> request) throws StorageException {
    try {
      return request.get();
    } catch (SdkException e) {
      throw failure(operation, e);
    }
  }

  private StorageException failure(String operation, SdkException e) {
    String where = operation + " at " + config.name() + ": ";
    if (e instanceof S3Exception s3) {
      var details = s3.awsErrorDetails();
      String code = details == null ? "" : String.valueOf(details.errorCode());
      String message = details == null ? e.getMessage() : details.errorMessage();
      return new StorageException(
          kind(s3.statusCode(), code),
          where + s3.statusCode() + " " + code + (message == null ? "" : ": " + message),
          e);
    }
    String message = String.valueOf(e.getMessage());
    boolean credentialless = e instanceof SdkClientException && message.contains("credentials");
    Throwable cause = e.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return new StorageException(
        credentialless ? StorageException.Kind.DENIED : StorageException.Kind.AWAY,
        where + (credentialless || cause == null ? message : cause.toString()),
        e);
  }

  private static StorageException.Kind kind(int status, String code) {
    return switch (status) {
      case 401, 403 -> StorageException.Kind.DENIED;
      case 404 ->
          code.equals("NoSuchBucket")
              ? StorageException.Kind.REFUSED
              : StorageException.Kind.UNKNOWN;
      case 400 ->
          switch (code) {
            case "ExpiredToken", "InvalidToken" -> StorageException.Kind.DENIED;
            case "RequestTimeout", "IncompleteBody", "BadDigest" -> StorageException.Kind.AWAY;
            default -> StorageException.Kind.REFUSED;
          };
      case 301, 405, 411, 412, 501 -> StorageException.Kind.REFUSED;
      default -> StorageException.Kind.AWAY;
    };
  }
}

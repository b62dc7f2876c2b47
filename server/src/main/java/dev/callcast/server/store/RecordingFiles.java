package dev.callcast.server.store;

import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.protocol.RecordingOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Begins recordings: their ids, names and rows, in directories that only the node's user may read.
 * The recording's id, unique for ever, is always in the name. Safe for any thread.
 */
public final class RecordingFiles {
  private final RecordingPlaces places;
  private final RecordingStore recordings;
  private final UploadStore uploads;
  private final String node;
  private Consumer<String> added = id -> {};

  RecordingFiles(
      RecordingPlaces places, RecordingStore recordings, UploadStore uploads, String node) {
    this.places = places;
    this.recordings = recordings;
    this.uploads = uploads;
    this.node = node;
  }

  /** Sets who is told, within the transaction, of each recording that is added; once. */
  void listen(Consumer<String> added) {
    this.added = added;
  }

  /** A recording's id and its file's absolute path. */
  public record Place(String recording, String file) {}

  /**
   * What a recording is to be.
   *
   * @param storage where it is kept; null for the standard one
   * @param filename a template, null for the standard one
   * @param extension of the file, without dot
   * @param contentType its media type
   * @param format how far the growing file is whole: see {@link StoredUpload#format}
   * @param options how it is made
   */
  public record Wanted(
      @Nullable String storage,
      @Nullable String filename,
      String extension,
      String contentType,
      String format,
      RecordingOptions options) {
    /** A composition's recording. */
    public static Wanted of(
        @Nullable String storage, @Nullable String filename, RecordingOptions options) {
      String growth =
          switch (options.format()) {
            case MP4, M4A -> "mp4";
            case OGG -> "ogg";
          };
      return new Wanted(
          storage,
          filename,
          options.format().json(),
          options.format().mediaType(),
          growth,
          options);
    }

    /** An MP4. */
    public static Wanted mp4(@Nullable String storage, @Nullable String filename) {
      return of(storage, filename, RecordingOptions.DEFAULT);
    }
  }

  /** Where a recording goes that is to be kept in that storage, or in the standard one for null. */
  public String storage(@Nullable String storage) {
    return storage == null ? places.standard() : storage;
  }

  /**
   * Notes that a recording is going to be uploaded, before the storage is asked for anything.
   *
   * @return null where its storage keeps the file as it is
   */
  public @Nullable StoredUpload intend(StoredCall call, String composition, Wanted wanted) {
    String id = Ids.sortable("r");
    StoredUpload upload = upload(id, call, place(id, call, composition, wanted), wanted);
    if (upload != null) {
      uploads.add(upload);
    }
    return upload;
  }

  /**
   * Adds a recording's row and makes its directory. In a write transaction.
   *
   * @param intended what {@link #intend} gave, or null
   */
  public Place add(
      StoredCall call,
      String composition,
      String output,
      Wanted wanted,
      @Nullable StoredUpload intended) {
    String id = intended == null ? Ids.sortable("r") : intended.id();
    RecordingPlaces.Place place;
    if (intended == null) {
      place = place(id, call, composition, wanted);
      StoredUpload upload = upload(id, call, place, wanted);
      if (upload != null) {
        uploads.add(upload);
        uploads.activate(id);
      }
    } else {
      place =
          new RecordingPlaces.Place(Path.of(intended.file()), intended.key(), intended.partSize());
      uploads.activate(id);
    }
    makeDirectory(place.file());
    String file = place.file().toString();
    recordings.add(
        id,
        call,
        composition,
        output,
        file,
        storage(wanted.storage()),
        place.key(),
        node,
        StoredRecording.COMPOSITION,
        wanted.options());
    added.accept(id);
    return new Place(id, file);
  }

  /**
   * Notes that a recording of tracks is going to be uploaded, before the storage is asked for
   * anything: the upload is of its manifest while it grows.
   *
   * @param storage where it is kept; null for the standard one
   * @return null where its storage keeps the files as they are
   */
  public @Nullable StoredUpload intendTracks(StoredCall call, @Nullable String storage) {
    StoredUpload upload = tracksUpload(Ids.sortable("r"), call, storage);
    if (upload != null) {
      uploads.add(upload);
    }
    return upload;
  }

  private @Nullable StoredUpload tracksUpload(
      String id, StoredCall call, @Nullable String storage) {
    return upload(
        id,
        call,
        tracksPlace(id, call, storage, TracksManifest.JOURNAL),
        new Wanted(
            storage, null, "jsonl", "application/jsonl", "append", RecordingOptions.DEFAULT));
  }

  private RecordingPlaces.Place tracksPlace(
      String id, StoredCall call, @Nullable String storage, String name) {
    return places.place(
        storage(storage), call.id() + "/tracks-" + id + "/" + name, id + "/" + name);
  }

  /**
   * Adds the row of a recording of tracks and makes its directory, in which its file is the
   * manifest. In a write transaction.
   *
   * @param storage where it is kept; null for the standard one
   * @param intended what {@link #intendTracks} gave, or null
   */
  public Place addTracks(
      StoredCall call, @Nullable String storage, @Nullable StoredUpload intended) {
    String id = intended == null ? Ids.sortable("r") : intended.id();
    RecordingPlaces.Place place = tracksPlace(id, call, storage, TracksManifest.NAME);
    StoredUpload upload = intended == null ? tracksUpload(id, call, storage) : null;
    if (upload != null) {
      uploads.add(upload);
    }
    uploads.activate(id);
    makeDirectory(place.file());
    String file = place.file().toString();
    recordings.add(
        id,
        call,
        "",
        "",
        file,
        storage(storage),
        place.key(),
        node,
        StoredRecording.TRACKS,
        RecordingOptions.DEFAULT);
    added.accept(id);
    return new Place(id, file);
  }

  private static void makeDirectory(Path file) {
    try {
      Files.createDirectories(
          file.toAbsolutePath().getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RecordingPlaces.Place place(
      String id, StoredCall call, String composition, Wanted wanted) {
    FilenameTemplate template =
        wanted.filename() == null
            ? FilenameTemplate.DEFAULT
            : FilenameTemplate.parse(wanted.filename());
    String name = template.name(call.id(), composition, id, Instant.now(), node);
    String extension = "." + wanted.extension();
    return places.place(storage(wanted.storage()), name + extension, id + extension);
  }

  private @Nullable StoredUpload upload(
      String id, StoredCall call, RecordingPlaces.Place place, Wanted wanted) {
    return place.partSize() == 0
        ? null
        : new StoredUpload(
            id,
            id,
            call.instance(),
            call.id(),
            node,
            1,
            StoredUpload.State.INTENDED,
            place.file().toString(),
            wanted.format(),
            wanted.contentType(),
            storage(wanted.storage()),
            place.key(),
            place.partSize(),
            null,
            null,
            0,
            null,
            null,
            null,
            Ids.now());
  }
}

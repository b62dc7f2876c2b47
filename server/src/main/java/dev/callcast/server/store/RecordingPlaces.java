package dev.callcast.server.store;

import java.nio.file.Path;

/** Where the files of each storage go. Implemented beside the storages; safe for any thread. */
public interface RecordingPlaces {
  /** The name of the storage that is taken where none is named. */
  String standard();

  /**
   * The place of a file.
   *
   * @param storage a configured one
   * @param name as the template made it, with extension
   * @param file unique name for the spool, with extension
   * @throws IllegalArgumentException when there is no such storage
   */
  Place place(String storage, String name, String file);

  /** The embedded default: one directory, and nothing is uploaded. */
  static RecordingPlaces directory(Path directory) {
    Path root = directory.toAbsolutePath().normalize();
    return new RecordingPlaces() {
      @Override
      public String standard() {
        return "local";
      }

      @Override
      public Place place(String storage, String name, String file) {
        return new Place(root.resolve(name).normalize(), name, 0);
      }
    };
  }

  /**
   * A place.
   *
   * @param file what the worker writes
   * @param key the name in the storage
   * @param partSize bytes of the parts in which it is uploaded; 0 where the file stays
   */
  record Place(Path file, String key, long partSize) {}
}

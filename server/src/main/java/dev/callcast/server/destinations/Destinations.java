package dev.callcast.server.destinations;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The configured destinations by name, in their order. */
public record Destinations(List<Destination> all) {
  public static final Destinations NONE = new Destinations(List.of());

  public Destinations {
    all = List.copyOf(all);
    Map<String, Destination> byName = new LinkedHashMap<>();
    for (Destination destination : all) {
      if (byName.put(destination.name(), destination) != null) {
        throw new IllegalArgumentException(
            "there are two destinations of the name " + destination.name());
      }
    }
  }

  /** The one of that name, or null. */
  public @Nullable Destination get(String name) {
    return all.stream().filter(each -> each.name().equals(name)).findFirst().orElse(null);
  }
}

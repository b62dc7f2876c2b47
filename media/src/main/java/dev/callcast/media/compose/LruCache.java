package dev.callcast.media.compose;

import java.util.LinkedHashMap;
import java.util.function.Function;

/**
 * Keeps what was used last and closes what falls out. One thread; its owner closes it. A value is
 * valid until the next call.
 */
final class LruCache<K, V extends AutoCloseable> implements AutoCloseable {
  private final int capacity;
  private final LinkedHashMap<K, V> values = new LinkedHashMap<>(16, 0.75f, true);

  LruCache(int capacity) {
    this.capacity = capacity;
  }

  V get(K key, Function<K, V> make) {
    V value = values.get(key);
    if (value == null) {
      value = make.apply(key);
      values.put(key, value);
      if (values.size() > capacity) {
        close(values.pollFirstEntry().getValue());
      }
    }
    return value;
  }

  int size() {
    return values.size();
  }

  @Override
  public void close() {
    values.values().forEach(LruCache::close);
    values.clear();
  }

  private static void close(AutoCloseable value) {
    try {
      value.close();
    } catch (Exception e) {
      throw new IllegalStateException("cannot close " + value, e);
    }
  }
}

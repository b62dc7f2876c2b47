package dev.callcast.media.compose;

import java.util.LinkedHashMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Keeps what was used last and closes what falls out. One thread; its owner closes it. A value is
 * valid until the next call.
 */
final class LruCache<K, V extends AutoCloseable> implements AutoCloseable {
  private final int capacity;
  private final long mostWeight;
  private final ToLongFunction<V> weight;
  private final LinkedHashMap<K, V> values = new LinkedHashMap<>(16, 0.75f, true);

  private long weighs;

  LruCache(int capacity) {
    this(capacity, Long.MAX_VALUE, value -> 0);
  }

  /** {@code mostWeight} of all together; one that weighs more by itself is kept alone. */
  LruCache(int capacity, long mostWeight, ToLongFunction<V> weight) {
    this.capacity = capacity;
    this.mostWeight = mostWeight;
    this.weight = weight;
  }

  V get(K key, Function<K, V> make) {
    V value = values.get(key);
    if (value == null) {
      value = make.apply(key);
      values.put(key, value);
      weighs += weight.applyAsLong(value);
      while (values.size() > capacity || (weighs > mostWeight && values.size() > 1)) {
        V oldest = values.pollFirstEntry().getValue();
        weighs -= weight.applyAsLong(oldest);
        close(oldest);
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
    weighs = 0;
  }

  private static void close(AutoCloseable value) {
    try {
      value.close();
    } catch (Exception e) {
      throw new IllegalStateException("cannot close " + value, e);
    }
  }
}

package dev.callcast.server.api;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A bucket of requests for each key or token, filled at a steady rate. Safe for any thread. */
final class RateLimiter {
  private static final int MOST_BUCKETS = 10_000;

  private final double perNano;
  private final int burst;
  private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();

  private record Bucket(double requests, long at, boolean taken) {}

  /**
   * Makes it.
   *
   * @param rate requests a second; 0 for no limit
   * @param burst requests at once
   */
  RateLimiter(double rate, int burst) {
    this.perNano = rate / TimeUnit.SECONDS.toNanos(1);
    this.burst = burst;
  }

  /**
   * Takes a request out of somebody's bucket.
   *
   * @param now of the monotonic clock, ns
   * @return 0, or after how many s there is one again
   */
  int take(String who, long now) {
    if (perNano == 0) {
      return 0;
    }
    if (buckets.size() > MOST_BUCKETS) {
      buckets.values().removeIf(bucket -> filled(bucket, now) >= burst);
    }
    Bucket left = buckets.compute(who, (name, bucket) -> next(bucket, now));
    if (left.taken()) {
      return 0;
    }
    double nanos = (1 - left.requests()) / perNano;
    return (int) Math.max(1, Math.ceil(nanos / TimeUnit.SECONDS.toNanos(1)));
  }

  private Bucket next(@Nullable Bucket bucket, long now) {
    double requests = bucket == null ? burst : filled(bucket, now);
    return requests >= 1 ? new Bucket(requests - 1, now, true) : new Bucket(requests, now, false);
  }

  private double filled(Bucket bucket, long now) {
    return Math.min(burst, bucket.requests() + (now - bucket.at()) * perNano);
  }
}

package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.gst.NativePicture;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FrameStoreTest {
  private static final long MS = 1_000_000;
  private static NativePicture picture;

  private final AtomicInteger freed = new AtomicInteger();
  private long serial;

  @BeforeAll
  static void allocate() {
    picture = NativePicture.allocate(2, 2);
  }

  @AfterAll
  static void free() {
    picture.close();
  }

  private Frame frame(long pts) {
    return new Frame(picture.view(), pts, 0, serial++, freed::incrementAndGet);
  }

  private static Long at(FrameStore store, long time, long halfTick) {
    Frame frame = store.acquire(time, halfTick);
    if (frame == null) {
      return null;
    }
    long pts = frame.pts();
    frame.release();
    return pts;
  }

  @Test
  void givesTheFrameNearestToTheTimeButNoneTooLate() {
    try (FrameStore store = new FrameStore()) {
      assertThat(at(store, 0, 10)).isNull();
      for (long pts : new long[] {100, 130, 110, 150}) { // out of order
        store.add(frame(pts));
      }
      assertThat(at(store, 95, 4)).isNull();
      assertThat(at(store, 95, 5)).isEqualTo(100);
      assertThat(at(store, 100, 5)).isEqualTo(100);
      assertThat(at(store, 104, 10)).isEqualTo(100);
      assertThat(at(store, 106, 10)).isEqualTo(110);
      assertThat(at(store, 121, 10)).isEqualTo(130);
      assertThat(at(store, 121, 5)).isEqualTo(110);
      assertThat(at(store, 145, 3)).isEqualTo(130);
      assertThat(at(store, 9_999, 5)).as("the last one stays").isEqualTo(150);
      assertThat(store.lastPts()).isEqualTo(150);
      assertThat(at(store, 100, 5)).as("reading takes nothing away").isEqualTo(100);
      assertThat(freed).hasValue(0);
    }
    assertThat(freed).hasValue(4);
  }

  @Test
  void aFrameOfTheSameTimeReplaces() {
    try (FrameStore store = new FrameStore()) {
      store.add(frame(5));
      Frame second = frame(5);
      store.add(second);
      assertThat(freed).hasValue(1);
      Frame got = store.acquire(5, 0);
      assertThat(got).isSameAs(second);
      got.release();
    }
  }

  @Test
  void isBoundedByCount() {
    try (FrameStore store = new FrameStore(3, 1000 * MS)) {
      for (int i = 0; i < 10; i++) {
        store.add(frame(i));
      }
      assertThat(store.size()).isEqualTo(3);
      assertThat(freed).hasValue(7);
      assertThat(at(store, 6, 0)).isNull();
      assertThat(at(store, 7, 0)).isEqualTo(7);
    }
  }

  @Test
  void whatNoReaderWantsAnyMoreGoes() {
    try (FrameStore store = new FrameStore(24, 1000 * MS)) {
      for (int i = 0; i <= 15; i++) {
        store.add(frame(i * 40 * MS));
      }
      assertThat(at(store, 400 * MS, 16 * MS)).isEqualTo(400 * MS);
      store.add(frame(640 * MS));
      // A reader may be 220 ms behind, at 180 ms; the picture of that moment is that of 160 ms.
      assertThat(freed).hasValue(4);
      assertThat(at(store, 180 * MS, 0)).isEqualTo(160 * MS);
      assertThat(at(store, 640 * MS, 0)).isEqualTo(640 * MS);
    }
  }

  @Test
  void keepsThePictureOfBeforeAPauseUntilTheNextIsDue() {
    try (FrameStore store = new FrameStore(24, 1000 * MS)) {
      store.add(frame(0));
      store.add(frame(33 * MS));
      store.add(frame(60_000 * MS));
      assertThat(at(store, 59_700 * MS, 16 * MS)).isEqualTo(33 * MS);
      assertThat(at(store, 60_000 * MS, 16 * MS)).isEqualTo(60_000 * MS);
      assertThat(freed).as("only one from before the span").hasValue(1);
    }
  }

  @Test
  void aFrameFarInTheFutureDoesNotPushOutTheRightOnes() {
    try (FrameStore store = new FrameStore(24, 1000 * MS)) {
      store.add(frame(0));
      store.add(frame(3_600_000 * MS));
      for (int i = 1; i <= 10; i++) {
        store.add(frame(i * 33 * MS));
      }
      assertThat(at(store, 66 * MS, 16 * MS)).isEqualTo(66 * MS);
      assertThat(store.lastPts()).isEqualTo(330 * MS);
      assertThat(freed).hasValue(1);
    }
  }

  @Test
  void clearAndCloseReleaseEverythingButWhatReadersHold() {
    FrameStore store = new FrameStore();
    store.add(frame(1));
    store.add(frame(2));
    Frame held = store.acquire(2, 0);
    store.clear();
    assertThat(freed).hasValue(1);
    assertThat(store.lastPts()).isNull();
    held.release();
    assertThat(freed).hasValue(2);
    store.add(frame(3));
    store.close();
    store.close();
    assertThat(freed).hasValue(3);
    store.add(frame(4));
    assertThat(freed).as("added after close").hasValue(4);
  }

  /**
   * One decoder, three compositors at different delays: nobody sees freed memory, nothing leaks.
   */
  @Test
  void manyReadersWhileFramesComeAndGo() throws InterruptedException {
    FrameStore store = new FrameStore(8, 1000 * MS);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicReference<Long> now = new AtomicReference<>(0L);
    List<Thread> readers = new ArrayList<>();
    for (int r = 0; r < 3; r++) {
      long delay = r * 40 * MS;
      readers.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  while (now.get() >= 0) {
                    Frame frame = store.acquire(now.get() - delay, 16 * MS);
                    if (frame != null) {
                      frame.retain().release();
                      frame.release(); // Throws if someone released it too often.
                    }
                  }
                } catch (Throwable t) {
                  failure.set(t);
                }
              }));
    }
    Random random = new Random(1);
    int added = 50_000;
    for (int i = 0; i < added; i++) {
      long pts = i * 33 * MS + random.nextInt(100) * MS;
      store.add(frame(pts));
      now.set(i * 33 * MS);
      if (i % 5000 == 4999) {
        store.clear();
      }
    }
    now.set(-1L);
    for (Thread reader : readers) {
      reader.join();
    }
    store.close();
    assertThat(failure.get()).isNull();
    assertThat(freed).hasValue(added);
  }
}

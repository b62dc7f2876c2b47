package dev.callcast.media.page;

import dev.callcast.media.ingest.Frame;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.scene.WebFrame;
import dev.callcast.scene.WebFrame.KeyPress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The web pages of one composition, each in a Chromium of its own: that of its layout, and those
 * that it is going to show, started ahead. A press of a key is the composition's own, so no browser
 * is shared. Without pages there is no thread and no process. The composition's runner closes it.
 */
public final class WebPages implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebPages.class);

  /** More are not started ahead. */
  private static final int MOST = 3;

  /** A page that is wanted no more fades out, and may be wanted again at once. */
  private static final long LINGER = TimeUnit.SECONDS.toNanos(3);

  private static final int MOST_FPS = 30;

  /** Is told what befalls the pages; any thread. */
  public interface Listener {
    /**
     * Something happened: {@code webFrame.live}, {@code .failed} or {@code .refused}.
     *
     * @param data {@code url}, without its query, and {@code reason} and {@code host} where there
     *     are some
     */
    void happened(String type, Map<String, Object> data);
  }

  private final Path scratch;
  private final int fps;
  private final Listener listener;
  private final Map<String, WebPage> running = new HashMap<>(); // guarded by this
  private final Map<String, Long> unwantedSince = new HashMap<>(); // guarded by this; ns
  private final Set<String> refusedTold = new HashSet<>(); // guarded by this
  private @Nullable WebFramePolicy policy; // guarded by this
  private boolean closed; // guarded by this

  private volatile @Nullable ScheduledExecutorService keeper;

  /** A copy of those that run, for threads that may not wait. */
  private volatile Map<String, WebPage> shown = Map.of();

  /** Whose picture was taken last; one that is closed has none any more. */
  private volatile @Nullable WebPage last;

  private @Nullable KeyPress pressed; // owned by the tick thread

  /**
   * Makes one without any page.
   *
   * @param scratch where browsers may keep what they need while they run; made when it is needed
   * @param fps of the composition
   */
  public WebPages(Path scratch, int fps, Listener listener) {
    this.scratch = scratch;
    this.fps = Math.min(fps, MOST_FPS);
    this.listener = listener;
  }

  /**
   * Starts these pages, the first ones first, and stops others.
   *
   * @param allowed null: none
   */
  public synchronized void want(@Nullable WebFramePolicy allowed, List<WebFrame> wanted) {
    if (closed) {
      return;
    }
    if (!Objects.equals(allowed, policy)) {
      closeLater(List.copyOf(running.values())); // what they may has changed
      running.clear();
      unwantedSince.clear();
      refusedTold.clear();
      policy = allowed;
    }
    Set<WebFrame> permitted = new LinkedHashSet<>();
    for (WebFrame page : wanted) {
      if (allowed != null && allowed.allows(page.host())) {
        if (permitted.size() < MOST) {
          permitted.add(page);
        }
      } else if (refusedTold.add(page.key())) {
        refuse(page, allowed);
      }
    }
    Set<String> keys = new HashSet<>();
    for (WebFrame page : permitted) {
      keys.add(page.key());
    }
    long now = System.nanoTime();
    for (String key : running.keySet()) {
      if (keys.contains(key)) {
        unwantedSince.remove(key);
      } else {
        unwantedSince.putIfAbsent(key, now);
      }
    }
    if (allowed != null) {
      permitted.forEach(page -> running.computeIfAbsent(page.key(), _ -> start(page, allowed)));
    }
    shown = Map.copyOf(running);
    if (!running.isEmpty() && keeper == null) {
      ScheduledExecutorService made =
          Executors.newSingleThreadScheduledExecutor(
              Thread.ofPlatform().daemon().name("pages").factory());
      var _ = made.scheduleWithFixedDelay(this::tend, 1, 1, TimeUnit.SECONDS);
      keeper = made;
    }
  }

  private void refuse(WebFrame page, @Nullable WebFramePolicy allowed) {
    String why =
        allowed == null
            ? "web pages are off: the node's configuration has no webFrame.hosts"
            : page.host() + " is not among webFrame.hosts of the node's configuration";
    LOG.warn("page {} is not shown: {}", page.shownUrl(), why);
    listener.happened("webFrame.failed", Map.of("url", page.shownUrl(), "reason", why));
  }

  private WebPage start(WebFrame page, WebFramePolicy allowed) {
    WebPage made = new WebPage(page, allowed, scratch, fps, listener);
    made.start();
    return made;
  }

  private void tend() {
    try {
      sweep().forEach(WebPage::close);
      shown.values().forEach(WebPage::tend);
    } catch (RuntimeException e) {
      LOG.error("looking after web pages failed", e); // and is done again a second later
    }
  }

  /** Takes out those that have not been wanted for long. */
  private synchronized List<WebPage> sweep() {
    long now = System.nanoTime();
    List<WebPage> over = new ArrayList<>();
    for (Iterator<Map.Entry<String, Long>> it = unwantedSince.entrySet().iterator();
        it.hasNext(); ) {
      Map.Entry<String, Long> unwanted = it.next();
      if (now - unwanted.getValue() > LINGER) {
        it.remove();
        WebPage page = running.remove(unwanted.getKey());
        if (page != null) {
          over.add(page);
        }
      }
    }
    shown = Map.copyOf(running);
    return over;
  }

  /** It may take a moment until a browser is gone. */
  private void closeLater(List<WebPage> pages) {
    ScheduledExecutorService closer = keeper;
    if (closer != null) {
      closer.execute(() -> pages.forEach(WebPage::close));
    }
  }

  /**
   * The newest picture of a page with a reference for the caller, or null. Of one that has shown
   * nothing yet, that of the page whose place it takes, if that was just shown. Any thread; waits
   * for nothing.
   *
   * @param key as of {@link WebFrame#key}
   */
  public @Nullable Frame frame(String key) {
    WebPage page = shown.get(key);
    if (page == null) {
      return null;
    }
    Frame frame = page.newest();
    if (frame != null) {
      last = page;
      return frame;
    }
    WebPage before = last;
    return before == null ? null : before.newest();
  }

  /**
   * What the layout of the next picture says of keys: a number that has grown is pressed. Belongs
   * to the tick thread.
   *
   * @param page the one that is shown, or null
   */
  public void keys(KeyPress press, @Nullable WebFrame page) {
    KeyPress before = pressed;
    pressed = press;
    ScheduledExecutorService presses = keeper;
    WebPage to = page == null ? null : shown.get(page.key());
    if (before != null && press.number() > before.number() && to != null && presses != null) {
      presses.execute(() -> to.press(press));
    }
  }

  /** All browsers are gone when this returns. */
  @Override
  public void close() {
    List<WebPage> pages;
    synchronized (this) {
      closed = true;
      pages = List.copyOf(running.values());
      running.clear();
      shown = Map.of();
      last = null;
    }
    pages.forEach(WebPage::close);
    ScheduledExecutorService tending = keeper;
    if (tending != null) {
      tending.close(); // with those that it is closing
    }
  }
}

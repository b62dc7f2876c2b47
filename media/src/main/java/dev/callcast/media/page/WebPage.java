package dev.callcast.media.page;

import dev.callcast.media.ingest.Frame;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.scene.WebFrame;
import dev.callcast.scene.WebFrame.KeyPress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A page that is shown: a thread that runs a {@link Browser}, and another one when that has ended,
 * later and later as long as nothing comes of it. Whatever befalls a browser, the last picture
 * stays. Its owner closes it.
 */
final class WebPage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebPage.class);

  /** Looks, one a second, without an answer after which a page counts as hung. */
  private static final int SILENT_LOOKS = 10;

  /** Looks that it may take to its first picture. */
  private static final int STARTING_LOOKS = 30;

  /** After so many without a picture one is asked for. */
  private static final int PATIENT_LOOKS = 2;

  private static final long SHORTEST_DELAY = TimeUnit.SECONDS.toMillis(1);
  private static final long LONGEST_DELAY = TimeUnit.SECONDS.toMillis(30);

  /** A browser that lived so long starts the delays anew. */
  private static final long CALM = TimeUnit.MINUTES.toNanos(1);

  private static final int MOST_PRESSES = 16;
  private static final int MOST_HOSTS = 64;

  private final WebFrame page;
  private final WebFramePolicy policy;
  private final Path scratch;
  private final int fps;
  private final WebPages.Listener listener;
  private final Pictures pictures = new Pictures();
  private final Thread thread;

  private final Object lock = new Object();
  private boolean closing; // guarded by lock
  private @Nullable Browser browser; // guarded by lock; the one that runs
  private @Nullable String told; // guarded by lock; the last failure, null while all is well
  private final List<KeyPress> early = new ArrayList<>(); // guarded by lock; before it is live
  private final Set<String> asked = new HashSet<>(); // guarded by lock; hosts
  private final Map<String, String> refused = new HashMap<>(); // guarded by lock; not told yet
  private final Set<String> refusalsTold = new HashSet<>(); // guarded by lock

  private volatile boolean live; // the browser that runs has shown something
  private volatile boolean everLive;
  private volatile boolean answered = true;
  private int looks; // owned by the keeper; without what it waits for

  WebPage(WebFrame page, WebFramePolicy policy, Path scratch, int fps, WebPages.Listener listener) {
    this.page = page;
    this.policy = policy;
    this.scratch = scratch;
    this.fps = fps;
    this.listener = listener;
    this.thread = Thread.ofPlatform().daemon().name("page").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** The newest picture with a reference for the caller, or null. Any thread. */
  @Nullable Frame newest() {
    return pictures.newest();
  }

  private void run() {
    if (Browser.root()) {
      LOG.warn(
          "Chromium runs as root and so without its sandbox; run Callcast as another user to have"
              + " web pages in one");
    }
    long delay = SHORTEST_DELAY;
    try (PageProxy proxy = new PageProxy(policy, this::refused)) {
      while (!isClosing()) {
        long started = System.nanoTime();
        String why = runOnce(proxy);
        if (isClosing()) {
          break;
        }
        if (System.nanoTime() - started > CALM) {
          delay = SHORTEST_DELAY;
        }
        failed(why, delay);
        pause(delay);
        delay = Math.min(LONGEST_DELAY, delay * 2);
      }
    } catch (IOException e) {
      failed("its way out cannot be opened: " + e.getMessage(), 0);
    }
    pictures.close();
  }

  private String runOnce(PageProxy proxy) {
    try (Browser made =
        new Browser(page, policy.browser(), proxy.port(), scratch, fps, new BrowserEvents())) {
      synchronized (lock) {
        browser = made;
        if (closing) {
          return "";
        }
      }
      return made.run();
    } catch (IOException e) {
      return "Chromium does not start: " + e.getMessage();
    } catch (RuntimeException e) {
      LOG.error("running the browser of page {} failed", page.shownUrl(), e);
      return "an error of Callcast: " + e.getMessage();
    } finally {
      synchronized (lock) {
        browser = null;
      }
      live = false;
    }
  }

  private boolean isClosing() {
    synchronized (lock) {
      return closing;
    }
  }

  private void pause(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    synchronized (lock) {
      try {
        for (long left = millis; !closing && left > 0; ) {
          lock.wait(left);
          left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        closing = true;
      }
    }
  }

  /** Tells of a failure, once as long as it is the same. */
  private void failed(String why, long delay) {
    LOG.warn("page {}: {}; again in {} ms", page.shownUrl(), why, delay);
    synchronized (lock) {
      if (why.equals(told)) {
        return;
      }
      told = why;
    }
    tell("webFrame.failed", Map.of("reason", why));
  }

  private void tell(String type, Map<String, Object> more) {
    Map<String, Object> data = new HashMap<>(more);
    data.put("url", page.shownUrl());
    listener.happened(type, data);
  }

  /** Looks after it; once a second, by one thread. */
  void tend() {
    Browser running;
    synchronized (lock) {
      running = browser;
    }
    if (running == null) {
      looks = 0;
      answered = true;
      return;
    }
    if (!live) {
      answered = true;
      if (++looks > STARTING_LOOKS) {
        looks = 0;
        running.end("it showed nothing within " + STARTING_LOOKS + " s");
      } else if (looks > PATIENT_LOOKS) {
        running.look();
      }
      return;
    }
    running.look();
    if (answered) {
      looks = 0;
      answered = false;
      if (!running.ask(() -> answered = true)) {
        answered = true;
      }
    } else if (++looks >= SILENT_LOOKS) {
      looks = 0;
      answered = true;
      running.end("it has not answered for " + SILENT_LOOKS + " s");
    }
  }

  /** Presses a key, at once or when the page is there. Any thread but those that may not wait. */
  void press(KeyPress press) {
    Browser running;
    synchronized (lock) {
      running = live ? browser : null;
      if (running == null) {
        if (early.size() < MOST_PRESSES) {
          early.add(press);
        }
        return;
      }
    }
    press(running, press);
  }

  private static void press(Browser running, KeyPress press) {
    for (ObjectNode event : Keyboard.events(press)) {
      running.tell("Input.dispatchKeyEvent", event);
    }
  }

  /** On the thread that runs the browser. */
  private final class BrowserEvents implements Browser.Events {
    @Override
    public void picture(byte[] jpeg) {
      pictures.add(jpeg);
      if (live) {
        return;
      }
      List<KeyPress> presses;
      boolean news;
      Browser running;
      synchronized (lock) {
        live = true;
        news = !everLive || told != null;
        everLive = true;
        told = null;
        presses = List.copyOf(early);
        early.clear();
        running = browser;
      }
      if (news) {
        LOG.info("page {} is shown", page.shownUrl());
        tell("webFrame.live", Map.of());
      }
      if (running != null) {
        presses.forEach(press -> press(running, press));
      }
    }

    @Override
    public void asks(String host) {
      String why;
      synchronized (lock) {
        if (asked.size() < MOST_HOSTS) {
          asked.add(host);
        }
        why = refused.remove(host);
      }
      if (why != null) {
        tellRefused(host, why);
      }
    }
  }

  /** On a thread of the proxy. What a browser asks for by itself is nobody's concern. */
  private void refused(String host, String why) {
    synchronized (lock) {
      if (!asked.contains(host)) {
        if (refused.size() < MOST_HOSTS) {
          refused.put(host, why);
        }
        return;
      }
    }
    tellRefused(host, why);
  }

  private void tellRefused(String host, String why) {
    synchronized (lock) {
      if (refusalsTold.size() >= MOST_HOSTS || !refusalsTold.add(host)) {
        return;
      }
    }
    tell("webFrame.refused", Map.of("host", host, "reason", why));
  }

  /** The browser is gone when this returns. */
  @Override
  public void close() {
    Browser running;
    synchronized (lock) {
      closing = true;
      running = browser;
      lock.notifyAll();
    }
    if (running != null) {
      running.end("closed");
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

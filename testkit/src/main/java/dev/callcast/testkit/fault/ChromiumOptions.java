package dev.callcast.testkit.fault;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How every Chromium of a test is started. */
final class ChromiumOptions {
  private ChromiumOptions() {}

  /** Debian's, headless and quiet, with a profile of its own; more words may follow. */
  static List<String> words(Path directory) {
    return new ArrayList<>(
        List.of(
            "chromium",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-background-timer-throttling",
            "--no-first-run",
            "--autoplay-policy=no-user-gesture-required",
            "--user-data-dir=" + directory.resolve("profile")));
  }

  /** The same whose camera and microphone are files, of which nobody asks anything. */
  static List<String> words(Path directory, Path camera, Path microphone) {
    List<String> words = words(directory);
    words.addAll(
        List.of(
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream=fps=30",
            "--use-file-for-fake-video-capture=" + camera,
            "--use-file-for-fake-audio-capture=" + microphone));
    return words;
  }
}

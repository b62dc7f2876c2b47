package dev.callcast.testkit.check;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decodes a file with ffmpeg and hands out pictures and sound with their times on the file's own
 * timeline, nothing dropped or repeated to fill gaps.
 */
final class Decoder {
  /** Hz of all decoded sound. */
  static final int RATE = 48_000;

  private static final Duration DEADLINE = Duration.ofMinutes(10);
  private static final Pattern TIME_BASE =
      Pattern.compile("showinfo.* config in time_base: (\\d+)/(\\d+)");

  /** Their {@code pts_time} has six digits only: after 100 s it is a millisecond's. */
  private static final Pattern VIDEO_TIME = Pattern.compile("showinfo.* n: *\\d+ pts: *(\\S+)");

  private static final Pattern AUDIO_TIME =
      Pattern.compile("ashowinfo.* n: *\\d+ pts: *(\\S+) .*rate:48000 nb_samples:(\\d+)");

  private final Path file;
  private final List<String> errors = Collections.synchronizedList(new ArrayList<>());

  Decoder(Path file) {
    this.file = file;
  }

  /** What the decoders complained about. */
  List<String> errors() {
    return List.copyOf(errors);
  }

  /** Takes pictures. */
  interface PictureSink {
    /** {@code seconds} is the PTS; the picture is valid until the method returns. */
    void picture(double seconds, I420Picture picture);
  }

  /** Sound as one channel; {@code samples[0]} is at {@code start} seconds, gaps are zero. */
  @SuppressWarnings("ArrayRecordComponent") // never compared; a copy of minutes of sound costs
  record Sound(double start, float[] samples) {
    double end() {
      return start + (double) samples.length / RATE;
    }
  }

  private void message(String line) {
    if ((line.contains("[error]") || line.contains("[fatal]")) && errors.size() < 100) {
      errors.add(line);
    }
  }

  void pictures(int width, int height, PictureSink sink) throws IOException, InterruptedException {
    BlockingQueue<Double> times = new LinkedBlockingQueue<>();
    List<String> command =
        List.of(
            ("ffmpeg -hide_banner -nostats -nostdin -loglevel level+info -copyts -threads 1 -i FILE"
                    + " -map 0:v:0 -an -vf showinfo=checksum=0 -fps_mode passthrough"
                    + " -pix_fmt yuv420p -f rawvideo pipe:1")
                .split(" "));
    AtomicReference<Double> timeBase = new AtomicReference<>(0.0);
    try (Ffmpeg ffmpeg =
            new Ffmpeg(
                withFile(command),
                DEADLINE,
                line -> {
                  message(line);
                  Matcher base = TIME_BASE.matcher(line);
                  if (base.find()) {
                    timeBase.set(Double.parseDouble(base.group(1)) / Long.parseLong(base.group(2)));
                  }
                  Matcher matcher = VIDEO_TIME.matcher(line);
                  if (matcher.find() && !"NOPTS".equals(matcher.group(1))) {
                    times.add(Long.parseLong(matcher.group(1)) * timeBase.get());
                  }
                });
        DataInputStream in = new DataInputStream(ffmpeg.output())) {
      byte[] data = new byte[I420Picture.bytes(width, height)];
      while (readFully(in, data)) {
        Double seconds = times.poll(10, TimeUnit.SECONDS);
        if (seconds == null) {
          throw new IOException("ffmpeg gave a picture without a time");
        }
        sink.picture(seconds, new I420Picture(data, width, height));
      }
      ffmpeg.join();
    }
  }

  private static boolean readFully(DataInputStream in, byte[] data) throws IOException {
    try {
      in.readFully(data);
      return true;
    } catch (EOFException e) {
      return false;
    }
  }

  /** One run of decoded samples. */
  private record Chunk(double seconds, int samples) {}

  /** All of the sound, as one channel of the file's {@code channels}. */
  Sound sound(Channel channel, int channels) throws IOException, InterruptedException {
    List<Chunk> chunks = Collections.synchronizedList(new ArrayList<>());
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "ffmpeg -hide_banner -nostats -nostdin -loglevel level+info -copyts -i FILE -map 0:a:0 -vn"
                .split(" ")));
    command.add("-af");
    command.add(
        "aformat=sample_fmts=flt:sample_rates=48000,"
            + "pan=mono|c0="
            + (channels < 2 ? "c0" : channel.filter)
            + ",ashowinfo");
    command.addAll(List.of("-f", "f32le", "pipe:1"));
    byte[] bytes;
    try (Ffmpeg ffmpeg =
        new Ffmpeg(
            withFile(command),
            DEADLINE,
            line -> {
              message(line);
              Matcher matcher = AUDIO_TIME.matcher(line);
              if (matcher.find() && !"NOPTS".equals(matcher.group(1))) {
                chunks.add(
                    new Chunk(
                        (double) Long.parseLong(matcher.group(1)) / RATE,
                        Integer.parseInt(matcher.group(2))));
              }
            })) {
      bytes = ffmpeg.output().readAllBytes();
      ffmpeg.join();
    }
    return place(chunks, bytes);
  }

  private static Sound place(List<Chunk> chunks, byte[] bytes) {
    if (chunks.isEmpty()) {
      return new Sound(0, new float[0]);
    }
    double start = chunks.getFirst().seconds();
    Chunk last = chunks.getLast();
    int total = (int) Math.round((last.seconds() - start) * RATE) + last.samples();
    float[] samples = new float[Math.max(total, 0)];
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    for (Chunk chunk : chunks) {
      int target = (int) Math.round((chunk.seconds() - start) * RATE);
      for (int i = 0; i < chunk.samples() && 4 * at + 4 <= bytes.length; i++, at++) {
        if (target + i >= 0 && target + i < samples.length) {
          samples[target + i] = data.getFloat(4 * at);
        }
      }
    }
    return new Sound(start, samples);
  }

  private List<String> withFile(List<String> command) {
    String[] arguments = command.toArray(String[]::new);
    for (int i = 0; i < arguments.length; i++) {
      if ("FILE".equals(arguments[i])) {
        arguments[i] = file.toString();
      }
    }
    return Arrays.asList(arguments);
  }

  /** Which channel is listened to. */
  enum Channel {
    MIX("0.5*c0+0.5*c1"),
    LEFT("c0"),
    RIGHT("c1");

    private final String filter;

    Channel(String filter) {
      this.filter = filter;
    }
  }
}

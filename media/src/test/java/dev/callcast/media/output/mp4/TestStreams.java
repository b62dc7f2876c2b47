package dev.callcast.media.output.mp4;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Real H.264 and AAC, made by ffmpeg and taken apart here: Annex B into access units, ADTS into raw
 * frames. Made once per JVM and kind.
 */
public record TestStreams(StreamFormat format, List<Packet> video, List<Packet> audio) {
  public static final int FPS = 30;
  private static final ConcurrentHashMap<String, TestStreams> MADE = new ConcurrentHashMap<>();

  /** A moving test picture with key frames every two seconds and a tone. */
  public static TestStreams lively() {
    return make("testsrc2=size=320x180:rate=30", "sine=frequency=1000:r=48000", 0);
  }

  /** As lively, with sound of which no two frames are alike. */
  public static TestStreams noisy() {
    return make("testsrc2=size=320x180:rate=30", "anoisesrc=r=48000:a=0.3:seed=7", 0);
  }

  /** Nobody in the call, or everyone muted: a still picture and digital silence. */
  public static TestStreams dead() {
    return make("color=black:size=320x180:rate=30", "anullsrc=r=48000:cl=stereo", 0);
  }

  /** As lively, with two B-frames. */
  public static TestStreams withBFrames() {
    return make("testsrc2=size=320x180:rate=30", "sine=frequency=1000:r=48000", 2);
  }

  /** Another size, so other parameter sets. */
  public static TestStreams larger() {
    return make("testsrc2=size=640x360:rate=30", "sine=frequency=1000:r=48000", 0);
  }

  private static TestStreams make(String picture, String sound, int bFrames) {
    return MADE.computeIfAbsent(
        picture + sound + bFrames,
        _ -> {
          try {
            return encode(picture, sound, bFrames);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static TestStreams encode(String picture, String sound, int bFrames) throws IOException {
    Path directory = Files.createTempDirectory("streams");
    Path h264 = directory.resolve("v.h264");
    Path adts = directory.resolve("a.aac");
    Tools.run(
        ("ffmpeg -v error -y -f lavfi -i %s -t 12 -c:v libx264 -preset veryfast -pix_fmt yuv420p"
                + " -threads 1 -x264-params keyint=60:min-keyint=60:scenecut=0:bframes=%d:"
                + "b-adapt=0:aud=1:repeat-headers=1 -f h264 %s")
            .formatted(picture, bFrames, h264)
            .split(" "));
    Tools.run(
        "ffmpeg -v error -y -f lavfi -i %s -t 12 -ac 2 -c:a aac -b:a 128k -f adts %s"
            .formatted(sound, adts)
            .split(" "));
    var nals = nals(Files.readAllBytes(h264));
    byte[] sps = first(nals, 7);
    byte[] pps = first(nals, 8);
    var video = pictures(nals, bFrames);
    var audio = sounds(Files.readAllBytes(adts));
    boolean large = picture.contains("640x360");
    var format =
        new StreamFormat(
            large ? 640 : 320,
            large ? 360 : 180,
            FPS,
            avcConfig(sps, pps),
            48000,
            2,
            new byte[] {0x11, (byte) 0x90}); // AAC-LC, 48 kHz, stereo
    return new TestStreams(format, List.copyOf(video), List.copyOf(audio));
  }

  /** Both kinds as an encoder hands them out: by decode time, pictures {@code lookahead} late. */
  public List<Packet> interleaved(long lookahead) {
    return interleaved(0, 12_000_000_000L, lookahead);
  }

  /** The same of a span of media time. */
  public List<Packet> interleaved(long from, long to, long lookahead) {
    var all = new ArrayList<Packet>();
    video.stream().filter(p -> p.pts() >= from && p.pts() < to).forEach(all::add);
    audio.stream().filter(p -> p.pts() >= from && p.pts() < to).forEach(all::add);
    all.sort(
        Comparator.comparingLong(
            p -> p.dts() + (p.kind() == Packet.Kind.VIDEO ? lookahead : p.duration())));
    return all;
  }

  /** Writes all of it for another process. */
  public void save(Path file) throws IOException {
    try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      for (int n : new int[] {format.width(), format.height(), format.fps()}) {
        out.writeInt(n);
      }
      bytes(out, format.avcConfig());
      bytes(out, format.aacConfig());
      out.writeInt(video.size());
      out.writeInt(audio.size());
      for (var packets : List.of(video, audio)) {
        for (Packet p : packets) {
          bytes(out, p.data());
          out.writeLong(p.pts());
          out.writeLong(p.dts());
          out.writeLong(p.duration());
          out.writeBoolean(p.keyFrame());
        }
      }
    }
  }

  /** Reads what {@link #save} wrote. */
  public static TestStreams load(Path file) throws IOException {
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      int width = in.readInt();
      int height = in.readInt();
      int fps = in.readInt();
      byte[] avc = bytes(in);
      byte[] aac = bytes(in);
      int pictures = in.readInt();
      int sounds = in.readInt();
      return new TestStreams(
          new StreamFormat(width, height, fps, avc, 48000, 2, aac),
          packets(in, Packet.Kind.VIDEO, pictures),
          packets(in, Packet.Kind.AUDIO, sounds));
    }
  }

  private static List<Packet> packets(DataInputStream in, Packet.Kind kind, int count)
      throws IOException {
    var packets = new ArrayList<Packet>();
    for (int i = 0; i < count; i++) {
      packets.add(
          new Packet(
              kind, bytes(in), in.readLong(), in.readLong(), in.readLong(), in.readBoolean()));
    }
    return packets;
  }

  private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }

  /** The same packet at another time. */
  public static Packet shifted(Packet p, long by) {
    return new Packet(p.kind(), p.data(), p.pts() + by, p.dts() + by, p.duration(), p.keyFrame());
  }

  private static List<byte[]> nals(byte[] annexB) {
    var nals = new ArrayList<byte[]>();
    int start = -1;
    for (int i = 0; i + 2 < annexB.length; i++) {
      if (annexB[i] == 0 && annexB[i + 1] == 0 && annexB[i + 2] == 1) {
        if (start >= 0) {
          nals.add(trimmed(annexB, start, i));
        }
        start = i + 3;
      }
    }
    nals.add(trimmed(annexB, start, annexB.length));
    return nals;
  }

  private static byte[] trimmed(byte[] from, int start, int end) {
    int last = end;
    while (last > start && from[last - 1] == 0) {
      last--;
    }
    return Arrays.copyOfRange(from, start, last);
  }

  private static byte[] first(List<byte[]> nals, int type) {
    return nals.stream().filter(n -> (n[0] & 31) == type).findFirst().orElseThrow();
  }

  private static List<Packet> pictures(List<byte[]> nals, int bFrames) {
    var units = new ArrayList<byte[]>();
    var keys = new ArrayList<Boolean>();
    var unit = new ByteArrayOutputStream();
    boolean key = false;
    for (byte[] nal : nals) {
      int type = nal[0] & 31;
      if (type == 9 && unit.size() > 0) {
        units.add(unit.toByteArray());
        keys.add(key);
        unit.reset();
        key = false;
      }
      if (type == 1 || type == 5) {
        key |= type == 5;
        for (int shift = 24; shift >= 0; shift -= 8) {
          unit.write(nal.length >>> shift);
        }
        unit.writeBytes(nal);
      }
    }
    units.add(unit.toByteArray());
    keys.add(key);
    var packets = new ArrayList<Packet>();
    for (int i = 0; i < units.size(); i++) {
      long pts = i;
      int inGop = i % 60;
      if (bFrames > 0 && inGop > 0) {
        // x264 with b-adapt=0: I P b b P b b ...; in decode order each P comes before its Bs. The
        // last of a GOP may be shorter.
        int group = (inGop - 1) / 3;
        int size = Math.min(3, 59 - group * 3);
        int place = (inGop - 1) % 3;
        pts = i - inGop + 1 + group * 3L + (place == 0 ? size - 1 : place - 1);
      }
      long delay = bFrames > 0 ? 2 : 0;
      packets.add(
          new Packet(
              Packet.Kind.VIDEO, units.get(i), tick(pts), tick(i - delay), tick(1), keys.get(i)));
    }
    return packets;
  }

  public static long tick(long n) {
    return Math.floorDiv(n * 1_000_000_000L, FPS);
  }

  public static long frame(long n) {
    return n * 1024 * 1_000_000_000L / 48000;
  }

  private static List<Packet> sounds(byte[] adts) {
    var packets = new ArrayList<Packet>();
    int at = 0;
    while (at + 7 <= adts.length) {
      int length =
          ((adts[at + 3] & 3) << 11) | ((adts[at + 4] & 0xff) << 3) | ((adts[at + 5] & 0xff) >>> 5);
      int header = (adts[at + 1] & 1) == 1 ? 7 : 9;
      long pts = frame(packets.size() - 1L); // the first frame is the encoder's priming
      packets.add(
          new Packet(
              Packet.Kind.AUDIO,
              Arrays.copyOfRange(adts, at + header, at + length),
              pts,
              pts,
              frame(1),
              true));
      at += length;
    }
    return packets;
  }

  private static byte[] avcConfig(byte[] sps, byte[] pps) {
    var out = new ByteArrayOutputStream();
    out.write(1);
    out.write(sps, 1, 3);
    out.write(0xff);
    out.write(0xe1);
    out.write(sps.length >>> 8);
    out.write(sps.length);
    out.writeBytes(sps);
    out.write(1);
    out.write(pps.length >>> 8);
    out.write(pps.length);
    out.writeBytes(pps);
    if (sps[1] == 100) {
      out.writeBytes(new byte[] {(byte) 0xfd, (byte) 0xf8, (byte) 0xf8, 0});
    }
    return out.toByteArray();
  }
}

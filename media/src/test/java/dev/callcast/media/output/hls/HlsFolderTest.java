package dev.callcast.media.output.hls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.TestStreams;
import dev.callcast.media.output.mp4.Tools;
import dev.callcast.protocol.ProtocolJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments of real streams, and what stays of them when their writer is killed. */
class HlsFolderTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long LOOKAHEAD = 400_000_000L;

  @TempDir Path directory;

  private HlsFolder.Options options(int seconds, int window) {
    return new HlsFolder.Options(seconds * SECOND, 2 * SECOND, window, 11 / 30.0);
  }

  private HlsFolder folder(TestStreams streams, HlsFolder.Options options) throws IOException {
    return HlsFolder.open(
        directory, streams.format(), options, time -> 1_000_000 + time / 1_000_000);
  }

  private static FragmentedMp4Writer writer(HlsFolder folder, TestStreams streams) {
    HlsOutput.Parts parts = HlsOutput.Parts.of(333, streams.format());
    return FragmentedMp4Writer.into(
        folder, "test", streams.format(), FragmentedMp4Writer.Options.segments(parts.duration()));
  }

  private static void write(FragmentedMp4Writer writer, List<Packet> packets) throws IOException {
    for (Packet packet : packets) {
      assertThat(writer.write(packet).isEnd()).isFalse();
    }
  }

  private HlsListing listing() throws IOException {
    HlsIndex index = new HlsIndex(directory);
    index.look();
    return index.listing();
  }

  /** A file of an init file and segments, as a player puts them together. */
  private Path together(List<HlsSegment> segments) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(Files.readAllBytes(directory.resolve(segments.getFirst().run().init())));
    for (HlsSegment segment : segments) {
      all.write(Files.readAllBytes(directory.resolve(segment.file())), 0, (int) segment.bytes());
    }
    Path file = Files.createTempFile(directory, "together", ".mp4");
    return Files.write(file, all.toByteArray());
  }

  @Test
  void eachSegmentDecodesByItselfAndAllOfThemGoOnInOneAnother() throws Exception {
    TestStreams streams = TestStreams.noisy();
    HlsFolder folder = folder(streams, options(4, 0));
    FragmentedMp4Writer writer = writer(folder, streams);
    write(writer, streams.interleaved(LOOKAHEAD));
    writer.end();
    HlsFolder.end(directory);

    HlsListing listing = listing();
    assertThat(listing.ended()).isTrue();
    List<HlsSegment> segments = listing.segments();
    assertThat(segments).extracting(HlsSegment::number).containsExactly(0L, 1L, 2L);
    assertThat(segments).allMatch(HlsSegment::whole);
    assertThat(segments)
        .extracting(HlsSegment::wallMillis)
        .containsExactly(1_000_000L, 1_004_000L, 1_008_000L);
    assertThat(segments.getFirst().run().codecs()).matches("avc1\\.[0-9a-f]{6},mp4a\\.40\\.2");
    for (HlsSegment segment : segments) {
      assertThat(segment.seconds()).isCloseTo(4, within(0.001));
      assertThat(Files.size(directory.resolve(segment.file()))).isEqualTo(segment.bytes());
      Path alone = together(List.of(segment));
      Tools.decodesCleanly(alone);
      assertThat(Tools.decodedPictures(alone)).isEqualTo(120);
      assertThat(segment.parts().getFirst().independent()).isTrue();
      assertThat(segment.parts())
          .allMatch(part -> part.seconds() <= segment.run().partTarget())
          .filteredOn(part -> part.seconds() > 0.85 * segment.run().partTarget())
          .hasSizeGreaterThanOrEqualTo(segment.parts().size() - 1);
    }
    Path all = together(segments);
    Tools.decodesCleanly(all);
    assertThat(Tools.decodedPictures(all)).isEqualTo(360);
    List<Double> times = Tools.times(all, "v");
    assertThat(IntStream.range(1, times.size()).mapToObj(i -> times.get(i) - times.get(i - 1)))
        .allSatisfy(step -> assertThat(step).isCloseTo(1 / 30.0, within(0.0001)));
    List<Double> sounds = Tools.times(all, "a");
    assertThat(IntStream.range(1, sounds.size()).mapToObj(i -> sounds.get(i) - sounds.get(i - 1)))
        .allSatisfy(step -> assertThat(step).isCloseTo(1024 / 48_000.0, within(0.0001)));
  }

  @Test
  void aSegmentIsNeverLongerThanItsTargetWhateverKeyFramesComeBetween() throws Exception {
    TestStreams streams = TestStreams.lively();
    HlsFolder folder = folder(streams, options(4, 0));
    FragmentedMp4Writer writer = writer(folder, streams);
    // Key frames at 0, 2, 3.9, 4 ...: one more, for which somebody asked.
    for (Packet packet : streams.interleaved(LOOKAHEAD)) {
      boolean more =
          packet.kind() == Packet.Kind.VIDEO && Math.abs(packet.pts() - 39 * SECOND / 10) < 1000;
      writer.write(
          more
              ? new Packet(
                  packet.kind(), packet.data(), packet.pts(), packet.dts(), packet.duration(), true)
              : packet);
    }
    writer.end();
    assertThat(listing().segments())
        .extracting(segment -> Math.round(segment.seconds() * 10) / 10.0)
        .containsExactly(3.9, 4.1, 4.0);
  }

  @Test
  void anotherWriterGoesOnBehindWhatAKilledOneLeft() throws Exception {
    TestStreams streams = TestStreams.lively();
    HlsFolder killed = folder(streams, options(2, 0));
    write(writer(killed, streams), streams.interleaved(0, 5 * SECOND, LOOKAHEAD));
    HlsSegment open = listing().last();
    assertThat(open.whole()).isFalse();
    // What a kill leaves: bytes of which nothing is told, and half a line.
    Path torn = directory.resolve(open.file());
    Files.write(torn, new byte[] {0, 0, 0}, StandardOpenOption.APPEND);
    Files.writeString(
        directory.resolve(HlsIndex.FILE), "{\"line\":\"par", StandardOpenOption.APPEND);
    HlsIndex follows = new HlsIndex(directory);
    follows.look();

    HlsFolder next = folder(streams, options(2, 0));
    assertThat(Files.size(torn)).isEqualTo(open.bytes());
    FragmentedMp4Writer writer = writer(next, streams);
    write(writer, streams.interleaved(6 * SECOND, 12 * SECOND, LOOKAHEAD));
    writer.end();
    HlsFolder.end(directory);

    assertThat(follows.look()).isTrue();
    List<HlsSegment> all = follows.listing().segments();
    assertThat(all).hasSize(6).allMatch(HlsSegment::whole);
    assertThat(all).extracting(segment -> segment.run().run()).containsExactly(1, 1, 1, 2, 2, 2);
    assertThat(all.get(2).seconds()).isCloseTo(open.seconds(), within(0.001));
    assertThat(all.get(2).seconds()).isBetween(0.3, 1.0);
    Tools.decodesCleanly(together(all.subList(0, 3)));
    Tools.decodesCleanly(together(all.subList(3, 6)));
    killed.close();
  }

  /** A playlist of the type EVENT may not lose a segment, and no player takes one of nothing. */
  @Test
  void aSegmentThatWasOpenedOnlyComesOnceMore() throws Exception {
    TestStreams streams = TestStreams.dead();
    HlsFolder first = folder(streams, options(2, 0));
    FragmentedMp4Writer writer = writer(first, streams);
    write(writer, streams.interleaved(0, 4 * SECOND, LOOKAHEAD));
    writer.end();
    tell(new HlsLine.Opened(2, 1, 4000));

    FragmentedMp4Writer second = writer(folder(streams, options(2, 0)), streams);
    write(second, streams.interleaved(4 * SECOND, 6 * SECOND, LOOKAHEAD));
    second.end();
    HlsLine.Run run = listing().segments().getLast().run();
    tell(
        new HlsLine.Run(
            3, HlsLine.Run.file(3), run.codecs(), run.width(), run.height(), run.fps(), 0.4));
    tell(new HlsLine.Opened(3, 3, 6000));

    FragmentedMp4Writer third = writer(folder(streams, options(2, 0)), streams);
    write(third, streams.interleaved(6 * SECOND, 8 * SECOND, LOOKAHEAD));
    third.end();
    List<HlsSegment> all = listing().segments();
    assertThat(all).extracting(HlsSegment::number).containsExactly(0L, 1L, 2L, 3L);
    assertThat(all).extracting(segment -> segment.run().run()).containsExactly(1, 1, 2, 3);
    assertThat(all).allMatch(segment -> segment.whole() && segment.seconds() > 1.9);
    Tools.decodesCleanly(together(all.subList(3, 4)));
  }

  private void tell(HlsLine line) throws IOException {
    Files.writeString(
        directory.resolve(HlsIndex.FILE),
        ProtocolJson.MAPPER.writerFor(HlsLine.class).writeValueAsString(line) + "\n",
        StandardOpenOption.APPEND);
  }

  @Test
  void aLiveWindowIsBoundedAndItsIndexToo() throws Exception {
    TestStreams streams = TestStreams.dead();
    HlsFolder folder = folder(streams, new HlsFolder.Options(SECOND, SECOND, 3, 0.4, 2000));
    FragmentedMp4Writer writer = writer(folder, streams);
    HlsIndex follows = new HlsIndex(directory);
    long largest = 0;
    for (int round = 0; round < 10; round++) {
      for (Packet packet : streams.interleaved(LOOKAHEAD)) {
        long shift = round * 12 * SECOND;
        boolean key = packet.kind() == Packet.Kind.AUDIO || packet.pts() % SECOND < SECOND / 60;
        writer.write(
            new Packet(
                packet.kind(),
                packet.data(),
                packet.pts() + shift,
                packet.dts() + shift,
                packet.duration(),
                key));
      }
      follows.look();
      largest = Math.max(largest, Files.size(directory.resolve(HlsIndex.FILE)));
      HlsListing one = listing();
      assertThat(follows.listing().segments()).isEqualTo(one.segments());
    }
    writer.end();
    List<HlsSegment> left = listing().segments();
    // Some that are gone are listed still, until the index is made anew.
    assertThat(left).hasSizeBetween(9, 30).extracting(HlsSegment::number).isSorted();
    assertThat(left.getLast().number()).isEqualTo(119);
    assertThat(left.subList(left.size() - 9, left.size()))
        .allMatch(segment -> Files.exists(directory.resolve(segment.file())));
    try (var files = Files.list(directory)) {
      assertThat(files.filter(file -> file.toString().endsWith(".m4s"))).hasSize(9);
    }
    assertThat(largest).isLessThan(20_000);
  }
}

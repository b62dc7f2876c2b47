package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.media.output.hls.HlsSegment;
import dev.callcast.server.hls.HlsFile;
import dev.callcast.server.hls.HlsStream;
import dev.callcast.server.hls.HlsStreams;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Serves HLS streams to players of any origin: who knows the id may watch, as with every playlist
 * that names its segments by relative addresses. Requests for what comes next are answered when it
 * is there (RFC 8216bis §6.2.5.2). Safe for any thread.
 */
final class HlsRoutes {
  private static final String PATH = "/hls/{stream}/{file}";

  private final HlsStreams streams;

  HlsRoutes(HlsStreams streams) {
    this.streams = streams;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", PATH, null, this::file).anyOrigin(),
        Route.of("HEAD", PATH, null, this::file).anyOrigin());
  }

  private Answer file(Request request) throws IOException, InterruptedException {
    Context context = request.context();
    HlsStream stream =
        streams
            .find(request.path("stream"))
            .orElseThrow(() -> Problem.notFound("There is no such stream.", "None."));
    switch (HlsFile.of(request.path("file"))) {
      case HlsFile.Main _ -> text(context, stream.main(), HlsFile.cacheControl(stream));
      case HlsFile.Media _ -> media(request, stream);
      case HlsFile.Init init -> bytes(context, stream, init.name(), 0, -1, "video/mp4");
      case HlsFile.Segment segment -> {
        HlsSegment known = stream.segment(segment.number());
        if (known == null || !(known.whole() || stream.ended())) {
          throw missing();
        }
        bytes(context, stream, known.file(), 0, known.bytes(), HlsFile.SEGMENT_TYPE);
      }
      case HlsFile.Part part -> part(context, stream, part);
      case HlsFile.Unknown _ -> throw missing();
    }
    return new Answer.Written();
  }

  private static Problem missing() {
    return Problem.notFound("The stream has no such file, or not any more.", "Load the playlist.");
  }

  private static void media(Request request, HlsStream stream) throws InterruptedException {
    int segment = request.query("_HLS_msn", 0, Integer.MAX_VALUE, -1);
    int part = request.query("_HLS_part", 0, Integer.MAX_VALUE, -1);
    if (part >= 0 && segment < 0) {
      throw Problem.parameter("_HLS_part", "stands without _HLS_msn.", "Send both.");
    }
    boolean waits = segment >= 0 && stream.row().lowLatency();
    if (waits) {
      switch (stream.await(segment, part < 0 ? null : part)) {
        case THERE -> {
          // Answered below.
        }
        case TOO_FAR ->
            throw Problem.parameter(
                "_HLS_msn", "is more than two segments ahead.", "Load the playlist without it.");
        case TIMEOUT ->
            throw Problem.unavailable(
                "The stream has not come so far in time.",
                "Try again, or load without waiting.",
                1);
      }
    }
    // An answer that was waited for never changes, as it is the first that has what was asked for.
    String cache =
        waits && !stream.ended()
            ? "public, max-age=" + 6 * stream.row().segmentMillis() / 1000
            : HlsFile.cacheControl(stream);
    text(request.context(), stream.media(), cache);
  }

  private void part(Context context, HlsStream stream, HlsFile.Part name)
      throws IOException, InterruptedException {
    HlsSegment last = stream.segment(name.segment());
    boolean there = last != null && last.parts().size() > name.part();
    if (!there && stream.await(name.segment(), name.part()) != HlsStream.Waited.THERE) {
      throw missing();
    }
    HlsSegment segment = stream.segment(name.segment());
    if (segment == null || segment.parts().size() <= name.part()) {
      throw missing(); // The segment ended before it, and what was hinted at never came.
    }
    HlsSegment.Part part = segment.parts().get(name.part());
    bytes(context, stream, segment.file(), part.offset(), part.bytes(), HlsFile.SEGMENT_TYPE);
  }

  private static void text(Context context, @Nullable String playlist, String cache) {
    if (playlist == null) {
      context.header("Cache-Control", "no-cache");
      throw Problem.notFound(
          "There is no playlist yet.",
          "Wait for the output to be live; a playlist of the type vod comes at its end.");
    }
    context.header("Cache-Control", cache);
    context.contentType(HlsFile.PLAYLIST_TYPE).result(playlist.getBytes(UTF_8));
  }

  /** {@code length} -1 for all. */
  private void bytes(
      Context context, HlsStream stream, String name, long from, long length, String type)
      throws IOException {
    try (FileChannel file =
        FileChannel.open(stream.directory().resolve(name), StandardOpenOption.READ)) {
      FileResponse.send(
          context,
          file,
          from,
          length < 0 ? file.size() : length,
          type,
          stream.row().id() + "-" + name + "-" + from,
          HlsFile.FOREVER);
    } catch (NoSuchFileException e) {
      String link = streams.link(stream, name, type);
      if (link == null || from > 0 || stream.progress().segments() == 0) {
        throw missing();
      }
      context.header("Cache-Control", "no-store").header("Location", link).status(302);
    }
  }
}

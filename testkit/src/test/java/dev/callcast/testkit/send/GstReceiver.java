package dev.callcast.testkit.send;

import dev.callcast.testkit.check.I420Picture;
import dev.callcast.testkit.check.Placement;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** gst-launch with rtpbin as the receiver of one video or audio stream, raw media on its stdout. */
final class GstReceiver implements AutoCloseable {
  private final Process process;
  private final DataInputStream in;

  GstReceiver(
      int port, int rtcpPort, int senderRtcpPort, String caps, String decryption, String decode)
      throws IOException {
    String pipeline =
        "gst-launch-1.0 -q rtpbin name=b rtp-profile=avpf latency=100"
            + " udpsrc address=127.0.0.1 port="
            + port
            + " caps="
            + caps
            + decryption
            + " ! b.recv_rtp_sink_0 udpsrc address=127.0.0.1 port="
            + rtcpPort
            + " ! b.recv_rtcp_sink_0 b.send_rtcp_src_0 ! udpsink host=127.0.0.1 port="
            + senderRtcpPort
            + " sync=false async=false b. ! "
            + decode
            + " ! fdsink fd=1 sync=false";
    ProcessBuilder builder =
        new ProcessBuilder(pipeline.split(" ")).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().remove("G_DEBUG");
    process = builder.start();
    in = new DataInputStream(process.getInputStream());
  }

  /** Two ports that are free now. */
  static int[] freePorts() throws IOException {
    try (DatagramSocket first = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        DatagramSocket second = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return new int[] {first.getLocalPort(), second.getLocalPort()};
    }
  }

  List<I420Picture.Marks> pictures(int count, int width, int height) throws IOException {
    List<I420Picture.Marks> marks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[I420Picture.bytes(width, height)];
      in.readFully(data);
      I420Picture picture = new I420Picture(data, width, height);
      marks.add(picture.marks(new Placement(0, 0, width, height)));
    }
    return marks;
  }

  short[] samples(int count) throws IOException {
    short[] samples = new short[count];
    for (int i = 0; i < count; i++) {
      samples[i] = Short.reverseBytes(in.readShort());
    }
    return samples;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

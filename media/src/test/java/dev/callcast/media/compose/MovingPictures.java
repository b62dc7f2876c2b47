package dev.callcast.media.compose;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;

/** Images that move, made by programs other than the one that shows them. */
final class MovingPictures {
  private MovingPictures() {}

  /**
   * One frame of a GIF, of one colour.
   *
   * @param centis hundredths of a second
   * @param disposal as ImageIO has it: {@code doNotDispose}, {@code restoreToBackgroundColor} or
   *     {@code restoreToPrevious}
   */
  record GifFrame(int x, int y, int width, int height, Color color, int centis, String disposal) {}

  /**
   * Writes a GIF by ImageIO; {@code repeats} after its first round, 0 for ever, -1 says nothing.
   */
  static Path gif(Path file, int repeats, List<GifFrame> frames) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.prepareWriteSequence(null);
      for (GifFrame frame : frames) {
        BufferedImage image =
            new BufferedImage(frame.width, frame.height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < frame.height; y++) {
          for (int x = 0; x < frame.width; x++) {
            image.setRGB(x, y, frame.color.getRGB());
          }
        }
        IIOMetadata metadata =
            writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), null);
        String format = metadata.getNativeMetadataFormatName();
        IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(format);
        IIOMetadataNode descriptor = child(root, "ImageDescriptor");
        descriptor.setAttribute("imageLeftPosition", String.valueOf(frame.x));
        descriptor.setAttribute("imageTopPosition", String.valueOf(frame.y));
        IIOMetadataNode control = child(root, "GraphicControlExtension");
        control.setAttribute("disposalMethod", frame.disposal);
        control.setAttribute("userInputFlag", "FALSE");
        control.setAttribute("transparentColorFlag", "FALSE");
        control.setAttribute("transparentColorIndex", "0");
        control.setAttribute("delayTime", String.valueOf(frame.centis));
        if (repeats >= 0 && frame == frames.getFirst()) {
          IIOMetadataNode loop = new IIOMetadataNode("ApplicationExtension");
          loop.setAttribute("applicationID", "NETSCAPE");
          loop.setAttribute("authenticationCode", "2.0");
          loop.setUserObject(new byte[] {1, (byte) repeats, (byte) (repeats >> 8)});
          child(root, "ApplicationExtensions").appendChild(loop);
        }
        metadata.setFromTree(format, root);
        writer.writeToSequence(new IIOImage(image, null, metadata), null);
      }
      writer.endWriteSequence();
    } finally {
      writer.dispose();
    }
    return file;
  }

  private static IIOMetadataNode child(IIOMetadataNode root, String name) {
    for (int i = 0; i < root.getLength(); i++) {
      if (root.item(i).getNodeName().equals(name)) {
        return (IIOMetadataNode) root.item(i);
      }
    }
    IIOMetadataNode made = new IIOMetadataNode(name);
    root.appendChild(made);
    return made;
  }

  /**
   * Writes by ffmpeg: five frames at 10 a second, frame {@code i} all of the grey 40 + 40 i.
   *
   * @param loop as ffmpeg has it for this format
   */
  static Path greys(Path file, String size, int loop) throws IOException, InterruptedException {
    boolean gif = file.toString().endsWith(".gif");
    List<String> command =
        new ArrayList<>(List.of("ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i"));
    command.add("color=black:s=" + size + ":r=10:d=0.5,format=gray,geq=lum=40+40*N");
    command.addAll(
        gif
            ? List.of("-pix_fmt", "gray", "-c:v", "gif")
            : List.of("-pix_fmt", "bgra", "-c:v", "libwebp_anim", "-lossless", "1"));
    command.addAll(List.of("-loop", String.valueOf(loop), file.toString()));
    Process ffmpeg = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(ffmpeg.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(ffmpeg.waitFor()).as(said).isZero();
    return file;
  }
}

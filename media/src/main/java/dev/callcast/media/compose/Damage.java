package dev.callcast.media.compose;

import dev.callcast.scene.Layer;
import dev.callcast.scene.Rect;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has to be painted again so that one picture becomes the next, and no more.
 *
 * <p>A piece is painted as a whole or not at all: scaling a part of a tile would not give the same
 * bytes as the same part of the whole tile. So damage spreads: a piece that changed damages where
 * it was and where it is; whatever lies over or under damage is painted again and is damage itself.
 * What remains keeps its pixels. By construction no kept piece touches damage, so the result is the
 * same as painting everything.
 *
 * @param repaint for each piece of the new picture, whether it must be painted
 * @param areas what must be cleared to the background first; all repainted pieces lie within
 */
record Damage(BitSet repaint, List<Rect> areas) {
  /**
   * One layer as it is painted.
   *
   * @param source the very frame it shows, or the moments of its images that move, or null: pieces
   *     with different ones differ
   * @param bounds what it may touch; even in all numbers, inside the canvas
   * @param opaque covers all of its bounds
   */
  record Piece(Layer layer, @Nullable Object source, Rect bounds, boolean opaque) {
    boolean paintsLike(Piece other) {
      return Objects.equals(source, other.source)
          && bounds.equals(other.bounds)
          && layer.equals(other.layer);
    }
  }

  /** Damage that makes all of {@code after} be painted. */
  static Damage everything(List<Piece> after, Rect canvas) {
    BitSet repaint = new BitSet();
    repaint.set(0, after.size());
    return new Damage(repaint, List.of(canvas));
  }

  static Damage between(List<Piece> before, List<Piece> after) {
    BitSet repaint = new BitSet();
    boolean[] kept = new boolean[before.size()];
    keepWhatIsEqual(before, after, repaint, kept);
    List<Rect> areas = new ArrayList<>();
    repaint.stream().forEach(i -> areas.add(after.get(i).bounds()));
    for (int i = 0; i < kept.length; i++) {
      if (!kept[i] && !areas.contains(before.get(i).bounds())) {
        areas.add(before.get(i).bounds());
      }
    }
    spread(after, repaint, areas);
    return new Damage(repaint, areas);
  }

  /** Pairs equal pieces; among those kept the order must not have changed. */
  private static void keepWhatIsEqual(
      List<Piece> before, List<Piece> after, BitSet repaint, boolean[] kept) {
    Map<String, Integer> byId = null;
    int last = -1;
    for (int i = 0; i < after.size(); i++) {
      Piece piece = after.get(i);
      int match = -1;
      if (i < before.size() && before.get(i).layer().id().equals(piece.layer().id())) {
        match = i;
      } else {
        if (byId == null) {
          byId = indexById(before);
        }
        match = byId.getOrDefault(piece.layer().id(), -1);
      }
      if (match > last && before.get(match).paintsLike(piece)) {
        kept[match] = true;
        last = match;
      } else {
        repaint.set(i);
      }
    }
  }

  private static Map<String, Integer> indexById(List<Piece> pieces) {
    Map<String, Integer> byId = new HashMap<>();
    for (int i = 0; i < pieces.size(); i++) {
      byId.put(pieces.get(i).layer().id(), i);
    }
    return byId;
  }

  private static void spread(List<Piece> after, BitSet repaint, List<Rect> areas) {
    // Areas that are appended on the way are visited as well: this ends with the closure.
    for (int a = 0; a < areas.size(); a++) {
      Rect area = areas.get(a);
      for (int i = 0; i < after.size(); i++) {
        if (!repaint.get(i) && after.get(i).bounds().intersects(area)) {
          repaint.set(i);
          areas.add(after.get(i).bounds());
        }
      }
    }
  }
}

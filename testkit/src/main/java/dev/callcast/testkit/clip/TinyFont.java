package dev.callcast.testkit.clip;

import java.util.Locale;

/** Capital letters, digits and a little punctuation, 5 by 7 pixels, for names burned into clips. */
final class TinyFont {
  static final int WIDTH = 6;
  static final int HEIGHT = 7;

  private static final String CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:";

  /** Five columns a character, the lowest bit on top. */
  private static final String COLUMNS =
      "3E5149453E00427F400042615149462141454B311814127F102745454539"
          + "3C4A49493001710905033649494936064949291E7E1111117E7F49494936"
          + "3E414141227F4141221C7F494949417F090909013E4149497A7F0808087F"
          + "00417F41002040413F017F081422417F404040407F020C027F7F0408107F"
          + "3E4141413E7F090909063E4151215E7F09192946464949493101017F0101"
          + "3F4040403F1F2040201F3F4038403F631408146307087008076151494543"
          + "080808080800606000000036360000";

  private TinyFont() {}

  /** Whether the pixel of the character is set; unknown characters are blank. */
  static boolean pixel(char character, int x, int y) {
    int index = CHARACTERS.indexOf(character);
    if (index < 0 || x >= WIDTH - 1 || y >= HEIGHT) {
      return false;
    }
    int at = (index * 5 + x) * 2;
    return (Integer.parseInt(COLUMNS, at, at + 2, 16) >> y & 1) != 0;
  }

  static String printable(String text) {
    return text.toUpperCase(Locale.ROOT);
  }
}

package dev.callcast.scene;

/** A param of a layout that cannot be taken; says which one and why. */
public final class ParamException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String param;

  /**
   * Names what is wrong.
   *
   * @param param the param's name, or {@code preset} where the layout's preset is at fault
   * @param message without the name, fit for the caller of the API
   */
  public ParamException(String param, String message) {
    super(message);
    this.param = param;
  }

  /** The param's name, or {@code preset}. */
  public String param() {
    return param;
  }
}

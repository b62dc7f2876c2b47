package dev.callcast.testkit.send;

/**
 * What the network does to a track's packets, drawn from a seeded generator.
 *
 * @param seed of the generator: the same seed loses the same packets
 * @param lossPercent packets that are not sent, retransmissions included
 * @param reorderPercent packets that are held back by 20 ms
 * @param duplicatePercent packets that are sent twice
 * @param corruptPercent packets whose payload is overwritten with noise
 * @param jitterMs a random delay from 0 to this, of each packet on its own
 * @param delayMs a fixed delay of all packets; sender reports do not have it, so that sound and
 *     picture of one participant can be given different paths
 */
public record Faults(
    long seed,
    double lossPercent,
    double reorderPercent,
    double duplicatePercent,
    double corruptPercent,
    int jitterMs,
    int delayMs) {
  public static final Faults NONE = new Faults(1, 0, 0, 0, 0, 0, 0);

  public static Faults loss(double percent) {
    return new Faults(1, percent, 0, 0, 0, 0, 0);
  }

  public static Faults jitter(int milliseconds) {
    return new Faults(1, 0, 0, 0, 0, milliseconds, 0);
  }

  public static Faults delay(int milliseconds) {
    return new Faults(1, 0, 0, 0, 0, 0, milliseconds);
  }

  public Faults withSeed(long newSeed) {
    return new Faults(
        newSeed, lossPercent, reorderPercent, duplicatePercent, corruptPercent, jitterMs, delayMs);
  }

  public Faults withReorder(double percent) {
    return new Faults(
        seed, lossPercent, percent, duplicatePercent, corruptPercent, jitterMs, delayMs);
  }

  public Faults withDuplicates(double percent) {
    return new Faults(
        seed, lossPercent, reorderPercent, percent, corruptPercent, jitterMs, delayMs);
  }

  public Faults withCorruption(double percent) {
    return new Faults(
        seed, lossPercent, reorderPercent, duplicatePercent, percent, jitterMs, delayMs);
  }

  public Faults withJitter(int milliseconds) {
    return new Faults(
        seed, lossPercent, reorderPercent, duplicatePercent, corruptPercent, milliseconds, delayMs);
  }

  public Faults withDelay(int milliseconds) {
    return new Faults(
        seed,
        lossPercent,
        reorderPercent,
        duplicatePercent,
        corruptPercent,
        jitterMs,
        milliseconds);
  }
}

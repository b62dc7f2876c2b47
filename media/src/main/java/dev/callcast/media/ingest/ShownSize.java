package dev.callcast.media.ingest;

/** The size in which a picture is shown, in px of the canvas. */
public record ShownSize(int width, int height) {}

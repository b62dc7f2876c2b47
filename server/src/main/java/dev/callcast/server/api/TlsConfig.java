package dev.callcast.server.api;

import java.nio.file.Path;

/**
 * With what the API speaks TLS.
 *
 * @param certificate a PEM file: the node's certificate, then those that lead to a root
 * @param key a PEM file: its private key, not encrypted
 */
public record TlsConfig(Path certificate, Path key) {}

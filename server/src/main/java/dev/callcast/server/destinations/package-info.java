/**
 * Where broadcasts go: named by the operator, so that stream keys need not travel through the API.
 */
@org.jspecify.annotations.NullMarked
package dev.callcast.server.destinations;

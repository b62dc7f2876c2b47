package dev.callcast.server.store;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WebFramePolicy;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The whole store of a node, put together. Safe for any thread; owned and closed by the node. */
public final class Store implements AutoCloseable {
  private final Database database;
  private final EventLog events;
  private final CallStates states;
  private final CallStore calls;
  private final RecordingStore recordings;
  private final UploadStore uploads;
  private final NodeStore nodes;
  private final RecordingFiles files;
  private final KeyStore keys;
  private final SessionStore sessions;
  private final IdempotencyStore idempotency;
  private final AssetStore assets;
  private final SceneStore scenes;
  private final WebhookStore webhooks;
  private final LayoutStore layouts;
  private final SfuStore sfus;
  private final HlsStore hls;

  private Store(
      Database database,
      NodeKey key,
      RecordingPlaces places,
      String node,
      Path assets,
      NetworkPolicy network,
      @Nullable WebFramePolicy webFrames) {
    this.database = database;
    this.events = new EventLog(database);
    this.assets = new AssetStore(database, assets);
    this.scenes = new SceneStore(database);
    this.layouts = new LayoutStore(database);
    this.sfus = new SfuStore(database, key);
    this.hls = new HlsStore(database, places, node);
    this.states = new CallStates(key, this.assets, this.layouts, network, webFrames);
    this.recordings = new RecordingStore(database);
    this.uploads = new UploadStore(database);
    this.nodes = new NodeStore(database);
    this.files = new RecordingFiles(places, recordings, uploads, node);
    this.calls = new CallStore(database, events, states, recordings, files);
    this.keys = new KeyStore(database);
    this.sessions = new SessionStore(database);
    this.idempotency = new IdempotencyStore(database, key);
    this.webhooks = new WebhookStore(database, events, key);
  }

  /**
   * Opens the store.
   *
   * @param url a JDBC URL: see {@link Database#open}
   * @param places where recordings are put
   * @param node this node's name
   * @param assets the directory of uploaded images
   * @param network which servers outputs may go to
   * @param webFrames which web pages may be shown, or null for none
   */
  public static Store open(
      String url,
      NodeKey key,
      RecordingPlaces places,
      String node,
      Path assets,
      NetworkPolicy network,
      @Nullable WebFramePolicy webFrames) {
    return new Store(Database.open(url), key, places, node, assets, network, webFrames);
  }

  public Database database() {
    return database;
  }

  public EventLog events() {
    return events;
  }

  public CallStates states() {
    return states;
  }

  public CallStore calls() {
    return calls;
  }

  public RecordingStore recordings() {
    return recordings;
  }

  public UploadStore uploads() {
    return uploads;
  }

  public NodeStore nodes() {
    return nodes;
  }

  public RecordingFiles files() {
    return files;
  }

  public KeyStore keys() {
    return keys;
  }

  public SessionStore sessions() {
    return sessions;
  }

  public IdempotencyStore idempotency() {
    return idempotency;
  }

  public AssetStore assets() {
    return assets;
  }

  public SceneStore scenes() {
    return scenes;
  }

  public WebhookStore webhooks() {
    return webhooks;
  }

  public LayoutStore layouts() {
    return layouts;
  }

  public SfuStore sfus() {
    return sfus;
  }

  public HlsStore hls() {
    return hls;
  }

  @Override
  public void close() {
    database.close();
  }
}

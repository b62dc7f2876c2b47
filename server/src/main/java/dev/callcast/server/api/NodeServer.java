package dev.callcast.server.api;

import dev.callcast.server.hls.HlsStreams;
import dev.callcast.server.outgoing.OutgoingHttp;
import dev.callcast.server.recordings.AccessLinks;
import dev.callcast.server.recordings.Housekeeping;
import dev.callcast.server.recordings.RecordingFinisher;
import dev.callcast.server.recordings.RecordingRemover;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.sfu.SfuConnectors;
import dev.callcast.server.store.CallListener;
import dev.callcast.server.store.KeyStore;
import dev.callcast.server.store.NodeKey;
import dev.callcast.server.store.Store;
import dev.callcast.server.webhooks.Webhooks;
import dev.callcast.server.workers.WorkerGateway;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node: its store, its API and what follows from events. Made, started and closed by the
 * command {@code serve}, or by a test. The supervision of workers is the caller's: recovered before
 * {@link #start}, and let go before {@link #close}, because it writes to the store.
 */
public final class NodeServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeServer.class);

  /** Between two rounds, and the age below which an upload is not looked at. */
  private static final Duration HOUSEKEEPING = Duration.ofHours(1);

  /** After its end, how long a live stream stays, and what S3 has as well. */
  private static final Duration HLS_KEPT = Duration.ofHours(1);

  private final NodeConfig config;
  private final RecentLog log;
  private final AssetInspector inspector;
  private final DemoSource demos;
  private final LayoutInspector layouts;
  private final NodeKey key;
  private final Store store;
  private final WorkerGateway gateway;
  private final TokenSigner signer;
  private final EventRoutes events;
  private final Storages storages;
  private final RecordingFinisher finisher;
  private final RecordingRemover remover;
  private final Housekeeping housekeeping;
  private final HlsStreams hls;
  private final Cors cors;
  private final SilentConnections silent;
  private final OverdueSessions overdue;
  private final OutgoingHttp outgoing;
  private final Webhooks webhooks;
  private final EndpointRoutes endpoints;
  private final ParticipantRoutes participants;
  private final SfuConnectors sfus;
  private final List<Route> routes;
  private final Dispatcher dispatcher;
  private final Draining draining;
  private final Capacity capacity;
  private final @Nullable Certificates certificates;
  private @Nullable Javalin http;

  /**
   * Opens the store. Nothing runs until {@link #start}.
   *
   * @param gateway makes the supervision of workers from the store
   * @param inspector looks at uploaded images
   * @param layouts tries layouts in JavaScript
   * @param demos has made-up participants; closed with this
   * @param log the newest of what the node logs
   * @throws IOException when the data directory or the node's key cannot be used
   */
  public NodeServer(
      NodeConfig config,
      Function<Store, WorkerGateway> gateway,
      AssetInspector inspector,
      LayoutInspector layouts,
      DemoSource demos,
      RecentLog log)
      throws IOException {
    this.config = config;
    this.log = log;
    this.inspector = inspector;
    this.layouts = layouts;
    this.demos = demos;
    directory(config.data());
    this.certificates =
        config.tls() == null ? null : new Certificates(config.tls(), Certificates.LOOK);
    this.key = NodeKey.open(config.data().resolve("node.key"));
    this.storages =
        new Storages(
            config.storages().all(), config.storages().standard(), config.data().resolve("spool"));
    this.store =
        Store.open(
            config.effectiveDatabaseUrl(),
            key,
            storages,
            config.name(),
            config.data().resolve("assets"),
            config.network(),
            config.webFramePolicy());
    this.gateway = gateway.apply(store);
    this.signer = new TokenSigner(key);
    this.finisher =
        new RecordingFinisher(store, storages, config.name(), config.storages().recoverAfter());
    this.remover = new RecordingRemover(store, storages, finisher.uploads());
    this.housekeeping =
        new Housekeeping(
            store,
            storages,
            remover,
            finisher.uploads(),
            HOUSEKEEPING,
            HOUSEKEEPING,
            InstantSource.system());
    this.hls = new HlsStreams(store, storages, HLS_KEPT, InstantSource.system());
    this.silent = new SilentConnections(config.http().patience());
    this.overdue = new OverdueSessions(store);
    this.cors = new Cors(config.http().cors());
    this.outgoing = new OutgoingHttp(config.network());
    this.webhooks = new Webhooks(store, config.name(), config.webhooks(), outgoing);
    Authenticator authenticator = new Authenticator(store, signer, config.authenticated(), cors);
    this.events = new EventRoutes(store, authenticator);
    this.dispatcher =
        new Dispatcher(
            store,
            authenticator,
            new RateLimiter(config.http().rate(), config.http().burst()),
            cors,
            config.http().patience());
    CallAccess calls = new CallAccess(store, this.gateway);
    this.endpoints =
        new EndpointRoutes(
            store,
            calls,
            new PortAllocator(config.rtpFrom(), config.rtpTo(), config.bindIp()),
            config);
    this.participants = new ParticipantRoutes(store, calls);
    this.sfus =
        new SfuConnectors(
            store, new ConnectorControl(store, endpoints, participants, config.announceIp()));
    this.draining = new Draining(config.name());
    this.capacity = new Capacity(store, calls, config.capacity());
    this.routes = List.copyOf(routes(calls));
    finisher.endLost();
    store.calls().listen(new Told(this.gateway, finisher, demos, sfus));
  }

  private List<Route> routes(CallAccess calls) {
    List<Route> all = new ArrayList<>();
    CallRoutes callRoutes =
        new CallRoutes(store, calls, endpoints, sfus, hls, draining, capacity, config.name());
    all.addAll(callRoutes.routes());
    all.addAll(endpoints.routes());
    all.addAll(participants.routes());
    WebRtcSessions sessions = new WebRtcSessions(store, endpoints, config);
    all.addAll(new WhipRoutes(store, calls, sessions, participants).routes());
    all.addAll(new WhepRoutes(store, calls, sessions).routes());
    all.addAll(new DemoRoutes(store, calls, participants, demos).routes());
    OutgoingUrls urls = new OutgoingUrls(config.network());
    OutputFactory outputs = new OutputFactory(store, storages, finisher.uploads(), urls, config);
    WebFrameRules webFrames = new WebFrameRules(config, urls);
    all.addAll(
        new CompositionRoutes(store, calls, outputs, hls, gateway, capacity, webFrames).routes());
    all.addAll(new ShowRoutes(store, calls, gateway).routes());
    all.addAll(new AssetRoutes(store, gateway, inspector).routes());
    all.addAll(new SceneRoutes(store).routes());
    all.addAll(new LayoutRoutes().routes());
    all.addAll(new CustomLayoutRoutes(store, gateway, layouts).routes());
    all.addAll(new OutputRoutes(store, calls, outputs, hls).routes());
    all.addAll(new TracksRoutes(store, calls, storages, finisher.uploads()).routes());
    all.addAll(
        new RecordingRoutes(store, storages, finisher.uploads(), remover, new AccessLinks(key))
            .routes());
    all.addAll(new HlsRoutes(hls).routes());
    all.addAll(new HlsStreamRoutes(store, storages, hls, config.name()).routes());
    all.addAll(new StorageRoutes(storages).routes());
    all.addAll(new DestinationRoutes(config.destinations()).routes());
    all.addAll(events.routes());
    all.addAll(new WebhookRoutes(store, webhooks, urls).routes());
    all.addAll(new AccessRoutes(store, calls, signer).routes());
    all.addAll(new Metrics(store, calls, finisher.uploads(), config, capacity).routes());
    NodeRoutes nodes = new NodeRoutes(store, config, draining, capacity);
    all.addAll(nodes.routes());
    all.addAll(
        new DebugRoutes(store, calls, gateway, config, log, callRoutes::get, nodes::nodes)
            .routes());
    all.addAll(new DashboardRoutes(storages).routes());
    return all;
  }

  /**
   * Starts a worker for each open call, then listens.
   *
   * @return an API key, when authentication is required and no key existed that may administer
   */
  public Optional<String> start() {
    Optional<String> firstKey = Optional.empty();
    if (config.authenticated() && !store.keys().hasAdmin()) {
      KeyStore.NewKey made = store.keys().create("first", List.of(Scope.ADMIN.json()));
      firstKey = Optional.of(made.secret());
    }
    finisher.start();
    housekeeping.start();
    hls.start();
    webhooks.start();
    capacity.start();
    overdue.start();
    for (String call : store.calls().openCalls()) {
      gateway.start(call);
      sfus.start(call);
    }
    http = Javalin.create(this::configure).start();
    return firstKey;
  }

  private void configure(JavalinConfig javalin) {
    javalin.startup.showJavalinBanner = false;
    javalin.startup.showOldJavalinVersionWarning = false;
    javalin.concurrency.useVirtualThreads = true;
    javalin.http.prefer405over404 = false;
    javalin.jetty.addConnector((server, configuration) -> {
      configuration.addCustomizer(new TrustedProxies(config.http().proxies()));
      HttpConnectionFactory plain = new HttpConnectionFactory(configuration);
      ServerConnector connector;
      if (certificates == null) {
        connector = new ServerConnector(server, plain);
      } else {
        // Any name that leads here is right: the client has looked at the certificate.
        configuration.addCustomizer(new SecureRequestCustomizer(false));
        connector =
            new ServerConnector(
                server,
                new SslConnectionFactory(certificates.factory(), plain.getProtocol()),
                plain);
      }
      connector.setHost(config.listenHost());
      connector.setPort(config.listenPort());
      connector.addBean(silent);
      return connector;
    });
    for (String path : routes.stream().map(Route::path).distinct().toList()) {
      javalin.routes.addHttpHandler(
          HandlerType.OPTIONS,
          path,
          context -> {
            Dispatcher.begin(context);
            if (path.endsWith("/whip") || path.endsWith("/whep")) {
              context.header("Accept-Post", WebRtcSessions.SDP); // RFC 9725 §4.2
            }
            (isOpen(path) ? Cors.any() : cors)
                .preflight(context, String.valueOf(allowed(context.path())));
          });
    }
    for (Route route : routes) {
      javalin.routes.addHttpHandler(
          HandlerType.findOrCreate(route.method()),
          route.path(),
          context -> dispatcher.handle(route, context));
    }
    javalin.routes.error(
        404,
        context -> {
          if (context.res().getContentType() == null
              || !context.res().getContentType().startsWith("application/problem+json")) {
            Dispatcher.begin(context);
            Dispatcher.unknownPath(context, allowed(context.path()));
          }
        });
  }

  private boolean isOpen(String path) {
    return routes.stream().anyMatch(route -> route.open() && route.path().equals(path));
  }

  /** The methods of a path, or null when it is unknown. */
  private @Nullable String allowed(String path) {
    TreeSet<String> methods = new TreeSet<>();
    String[] parts = path.split("/", -1);
    for (Route route : routes) {
      String[] names = route.path().split("/", -1);
      boolean same = names.length == parts.length;
      for (int i = 0; same && i < names.length; i++) {
        same = names[i].startsWith("{") || names[i].equals(parts[i]);
      }
      if (same) {
        methods.add(route.method());
      }
    }
    return methods.isEmpty() ? null : String.join(", ", methods);
  }

  /** Where the API listens, without a trailing slash. */
  public String url() {
    Javalin running = http;
    if (running == null) {
      throw new IllegalStateException("the node does not run");
    }
    String host =
        config.listenHost().contains(":") ? "[" + config.listenHost() + "]" : config.listenHost();
    return (certificates == null ? "http://" : "https://") + host + ":" + running.port();
  }

  /** Reads the certificate's files anew, if there are any; connections stay. */
  public void reload() {
    if (certificates != null) {
      certificates.reload();
    }
  }

  /** Takes no new calls from now on, and says so at {@code /readyz}; all else goes on. */
  public void drain() {
    draining.set(true);
  }

  /** Closes every open call, as its owner would. */
  public void closeCalls() {
    for (String call : store.calls().openCalls()) {
      try {
        store.calls().close(call);
      } catch (NoSuchElementException | IllegalStateException e) {
        LOG.debug("call {} was closed meanwhile", call, e);
      }
    }
  }

  /** Whether no call is open, and no recording of this node on its way. */
  public boolean isIdle() {
    return store.calls().openCalls().isEmpty()
        && store.recordings().unfinished().stream()
            .noneMatch(recording -> recording.node().equals(config.name()));
  }

  /** The store, for the supervision of workers and for tests. */
  public Store store() {
    return store;
  }

  /** What calls cost, for tests. */
  Capacity capacity() {
    return capacity;
  }

  /** Every operation, as methods and paths. */
  List<Route> allRoutes() {
    return routes;
  }

  @Override
  public void close() {
    events.close();
    Javalin running = http;
    if (running != null) {
      running.stop();
      http = null;
    }
    overdue.close();
    capacity.close();
    demos.close();
    sfus.close();
    silent.close();
    if (certificates != null) {
      certificates.close();
    }
    outgoing.close(); // which breaks deliveries off that are under way
    webhooks.close();
    housekeeping.close();
    hls.close();
    finisher.close();
    storages.close();
    store.close();
  }

  /** A directory that only its owner may read. */
  public static void directory(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  /** Passes on what the store tells. */
  private record Told(
      WorkerGateway gateway, RecordingFinisher finisher, DemoSource demos, SfuConnectors sfus)
      implements CallListener {
    @Override
    public void opened(String call) {
      gateway.start(call);
      sfus.start(call);
    }

    @Override
    public void changed(String call) {
      gateway.changed(call);
    }

    @Override
    public void closed(String call) {
      demos.stop(call);
      gateway.close(call);
      sfus.close(call);
    }

    @Override
    public void recordingBegan(String recording) {
      finisher.began(recording);
    }

    @Override
    public void recordingEnding(String recording) {
      finisher.ending(recording);
    }
  }
}

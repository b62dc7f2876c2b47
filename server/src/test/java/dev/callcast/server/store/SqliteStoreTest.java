package dev.callcast.server.store;

class SqliteStoreTest extends StoreContract {
  @Override
  String url() {
    return "jdbc:sqlite:" + data.resolve("callcast.db");
  }
}

-- Images that layouts show. The file's name is its content's: another content is another file.
create table assets (
  name       text primary key,
  type       text not null,                   -- image/png | image/jpeg | image/webp | image/svg+xml
  width      bigint not null,
  height     bigint not null,
  bytes      bigint not null,
  hash       text not null,                   -- SHA-256 of the content, hex
  updated_at text not null
);

-- Layouts under a name.
create table scenes (
  name       text primary key,
  layout     text not null,                   -- JSON of preset and params
  updated_at text not null
);

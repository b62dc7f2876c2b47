-- One schema for SQLite and PostgreSQL; ${identity} is the only difference.
-- Times are RFC 3339 text in UTC with milliseconds: they sort as text.

create table calls (
  instance       text primary key,            -- one run of an id; sorts by time
  id             text not null,               -- the caller's; free again when closed
  state          text not null,               -- open | closed
  revision       bigint not null,
  event_sequence bigint not null,
  created_at     text not null,
  closed_at      text,
  document       text not null                -- JSON of CallDocument, secrets sealed
);
create unique index calls_open on calls (id) where state = 'open';
create index calls_by_id on calls (id, instance);

-- (call, epoch) names one start of a worker for ever, so epochs go on over reuse of the id.
create table epochs (
  call       text not null,
  epoch      bigint not null,
  instance   text not null,
  started_at text not null,
  primary key (call, epoch)
);

create table events (
  id              ${identity},
  instance        text not null,
  call            text not null,
  sequence        bigint not null,
  epoch           bigint,                     -- null for the node's own
  worker_sequence bigint,
  type            text not null,
  at              text not null,
  media_time      double precision,
  data            text not null
);
create unique index events_in_call on events (instance, sequence);
create unique index events_from_worker on events (instance, epoch, worker_sequence);
create index events_by_call on events (call, id);

-- The last known state of each composition (output = '') and output.
create table states (
  instance    text not null,
  composition text not null,
  output      text not null,
  state       text not null,
  reason      text,
  since       text not null,
  primary key (instance, composition, output)
);

create table recordings (
  id          text primary key,               -- unique for ever; sorts by time
  instance    text not null,
  call        text not null,
  composition text not null,
  output      text not null,
  state       text not null,                  -- recording | uploading | ready | failed
  ending      text,                           -- since when nothing is appended any more
  file        text not null,                  -- absolute path on this node
  storage     text not null,
  storage_key text not null,
  bytes       bigint not null,
  duration    double precision not null,
  segments    text not null,
  reason      text,
  created_at  text not null,
  started_at  text,
  ended_at    text
);
create index recordings_by_call on recordings (call, id);
create index recordings_by_state on recordings (state);

create table rollovers (
  instance text not null,
  endpoint text not null,
  ssrc     bigint not null,
  counter  bigint not null,
  primary key (instance, endpoint, ssrc)
);

create table excluded_tracks (
  instance text not null,
  track    text not null,                     -- participant/track
  primary key (instance, track)
);

create table api_keys (
  id         text primary key,
  name       text not null,
  hash       text not null,                   -- SHA-256 of the secret part, hex
  scopes     text not null,                   -- comma separated
  created_at text not null,
  revoked_at text
);

create table idempotency (
  principal    text not null,
  token        text not null,
  request_hash text not null,
  status       bigint not null,
  location     text,
  body         text not null,                 -- sealed: answers may hold secrets
  created_at   text not null,
  primary key (principal, token)
);

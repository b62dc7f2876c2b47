-- HLS streams: what an output cuts and this node publishes, and how far that is.
create table hls_streams (
  id             text primary key,            -- in the URL: who knows it may watch
  instance       text not null,
  call           text not null,
  composition    text not null,
  output         text not null,
  node           text not null,               -- on whose disk the segments are
  storage        text not null,
  directory      text not null,               -- absolute path of the segments
  key            text not null,               -- the name in the storage, of all of it
  playlist       text not null,               -- live, event or vod
  segment_millis integer not null,
  part_millis    integer not null,            -- 0: no low latency
  window_size    integer not null,            -- segments of a live playlist; 0: all
  bandwidth      bigint not null,             -- bit/s that no segment is beyond, as far as is known before
  state          text not null,               -- live, ended
  contiguous     bigint not null,             -- at S3 are the segments from this one
  published      bigint not null,             -- to before this one,
  deleted        bigint not null,             -- but none before this one
  created_at     text not null,
  ended_at       text
);
create index hls_streams_state on hls_streams (node, state);

-- Nodes, the journal of uploads, and whose recordings are whose.

alter table recordings add column node text not null default ''; -- whose spool has the file

-- A node that lives counts its beats up; who watches counts its own looks, so no clock is compared.
create table nodes (
  name        text primary key,
  incarnation text not null,                  -- of the newest process of that name; older ones stop
  beats       bigint not null,
  started_at  text not null
);

-- A file of the spool that becomes an object. Written before what it tells of is relied upon.
create table uploads (
  id           text primary key,              -- of a composition's file: the recording's id
  recording    text not null,
  instance     text not null,
  call         text not null,
  node         text not null,                 -- who uploads
  epoch        bigint not null,               -- +1 for each owner and each start from scratch
  state        text not null,                 -- intended | active | completing | verified | done | failed
  file         text not null,                 -- absolute path on that node
  format       text not null,                 -- how far a growing file is whole: mp4 | append
  content_type text not null,
  storage      text not null,
  storage_key  text not null,
  part_size    bigint not null,
  upload_id    text,                          -- null until the storage gave one
  final_length bigint,                        -- null while the file grows
  rewritten    bigint not null,               -- first bytes that changed when it was finished
  tail_offset  bigint,                        -- the side object with what is in no part
  tail_length  bigint,
  tail_etag    text,
  tail_at      text,
  object_etag  text,
  error        text,                          -- why it does not get on, or failed
  created_at   text not null
);
create index uploads_by_recording on uploads (recording);
create index uploads_by_key on uploads (storage, storage_key);
create index uploads_by_state on uploads (state);

create table upload_parts (
  upload text not null,
  number bigint not null,                     -- from 1; all but the last have the upload's part_size
  size   bigint not null,
  etag   text not null,
  sha256 text not null,                       -- hex; '' where the bytes were another node's
  primary key (upload, number)
);

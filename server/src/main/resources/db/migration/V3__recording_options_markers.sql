-- How each recording is made, which follows which, and the moments that were named.

alter table recordings add column options text;        -- JSON of RecordingOptions; null for the defaults
alter table recordings add column previous text;       -- the recording that it was split from
alter table recordings add column next text;           -- the one that was split from it

create table markers (
  recording  text not null,
  id         text not null,                   -- of the marker; one may be in several recordings
  label      text not null,
  media_time double precision not null,       -- s of the composition's
  at         text not null,
  place      double precision,                -- s in what a player shows; null before it is finished
  primary key (recording, id)
);

-- Recordings of tracks: many files each, and a manifest.

alter table recordings add column kind text not null default 'composition'; -- composition | tracks
alter table recordings add column files text not null default '[]';         -- of tracks: when finished

-- Layouts in JavaScript under a name.
create table layouts (
  name       text primary key,
  source     text not null,
  rate       double precision not null,       -- a second; 0: when something has changed
  assets     text not null,                   -- JSON array of the names of the images that it may show
  updated_at text not null
);

-- The SFU that a call follows by itself.
create table sfus (
  instance text primary key,                  -- of the call
  config   text not null                      -- sealed: it holds the SFU's secrets
);

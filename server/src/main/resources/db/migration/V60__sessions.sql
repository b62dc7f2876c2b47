-- On whose behalf sessions by WHIP and WHEP were opened, as long as their calls are open.
create table sessions (
  instance   text not null,                   -- of the call
  endpoint   text not null,
  api_key    text,                            -- the key's id; null for a token
  expires_at text,                            -- the token's end; null for a key
  primary key (instance, endpoint)
);

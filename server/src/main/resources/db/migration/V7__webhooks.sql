-- Who is told of events, by HTTP.
create table webhooks (
  id              text primary key,           -- sorts by time
  url             text not null,
  events          text not null,              -- JSON array of patterns
  calls           text not null,              -- JSON array of patterns
  state           text not null,              -- active | disabled
  reason          text,                       -- why it was disabled
  secret          text not null,              -- sealed
  previous_secret text,                       -- sealed; signs too, until then
  previous_until  text,
  first_event     bigint not null,            -- events after this id are its
  created_at      text not null
);

-- One event for one webhook. Of those of a lane only the first that is pending, its head, is tried.
create table webhook_deliveries (
  id         ${identity},
  webhook    text not null,
  lane       text not null,                   -- a run of a call; a redelivery has one of its own
  event      bigint not null,
  state      text not null,                   -- pending | delivered | failed
  head       bigint not null,                 -- 1 or 0
  attempts   bigint not null,
  created_at text not null,
  next_at    text,                            -- while pending: when it is tried
  last_at    text,                            -- of the last attempt, as are the following
  status     bigint,                          -- of HTTP
  millis     bigint,
  error      text,
  answer     text                             -- how the body began
);
create index webhook_deliveries_by_webhook on webhook_deliveries (webhook, id);
create index webhook_deliveries_pending on webhook_deliveries (webhook, lane, id) where state = 'pending';
create index webhook_deliveries_due on webhook_deliveries (webhook, next_at) where state = 'pending' and head = 1;
create index webhook_deliveries_by_time on webhook_deliveries (created_at) where state <> 'pending';

-- The one row: up to which event all deliveries are made, and which node does it.
create table webhook_dispatch (
  id          bigint primary key,
  cursor      bigint not null,
  node        text,
  incarnation text,
  beats       bigint not null
);
insert into webhook_dispatch (id, cursor, beats) values (1, 0, 0);

-- What is known of a recording when it is finished: JSON.

create table recording_reports (
  recording text primary key,
  report    text not null
);

-- A key that is for some calls only: JSON array of patterns; null for all.
alter table api_keys add column calls text;

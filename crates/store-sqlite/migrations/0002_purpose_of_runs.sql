-- What a run is for: check or map. The records of mapping runs hold evidence only.

alter table runs add column purpose text not null default 'check';

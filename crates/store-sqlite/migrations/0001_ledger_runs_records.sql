-- Ledger, runs and what they recorded.
-- Digests and ids are lower-case hexadecimal text, times are milliseconds since 1970, bodies are JSON as it was digested.
-- Order by text is order by bytes everywhere: no column has a language's collation.

create table ledger (
    key text not null primary key,
    entry text not null
);

create table runs (
    id integer not null primary key,
    plan text not null,
    started bigint not null,
    -- open, finished or abandoned
    state text not null,
    ended bigint
);

create index runs_by_plan on runs (plan, state);

-- Each observation once, however many bundles cite it.
create table observations (
    digest text not null primary key,
    body text not null
);

-- A bundle is its head and the digests of its observations, a JSON array in their order.
create table bundles (
    digest text not null primary key,
    subject text not null,
    reference_time text not null,
    policy text not null,
    observations text not null
);

-- A run's mark that a subject is done, with what the rules said: a JSON array of verdicts, written in one piece because it is read in
-- one piece. Ids rise in the order of recording.
create table records (
    id integer not null primary key,
    run bigint not null references runs (id),
    subject text not null,
    bundle text not null references bundles (digest),
    reference_ms bigint not null,
    verdicts text not null,
    unique (run, subject, bundle)
);

create index records_by_subject on records (subject, reference_ms, id);

-- Where a verdict is found by its id.
create table verdicts (
    id text not null,
    record bigint not null references records (id),
    primary key (id, record)
) without rowid;

create index verdicts_by_record on verdicts (record);

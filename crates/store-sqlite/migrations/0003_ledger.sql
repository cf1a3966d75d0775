-- The ledger: sources and their deliveries, claims, sightings, links, and what is in force.
-- Entities are held in their written form, `kind:key`. Times are milliseconds since 1970. Bodies are JSON.

create table sources (
    id integer not null primary key,
    kind text not null,
    name text not null,
    -- How many claims it has made so far: their numbers are never used again.
    claims bigint not null default 0,
    unique (kind, name)
);

create table deliveries (
    id integer not null primary key,
    source bigint not null references sources (id),
    delivery text not null
);

create index deliveries_by_source on deliveries (source, id);

-- What sources say now. The upper half of a number is its source, so that the claims of a source stand together in the order in which
-- they were made, new ones are written at one end, and no other index is needed to walk them. Sources and deliveries are no foreign
-- keys: they are asked for once a batch, not once a claim.
create table claims (
    id integer not null primary key,
    entity text not null,
    source bigint not null,
    part text not null,
    line bigint not null,
    delivery bigint not null,
    since bigint not null,
    says text not null
);

create unique index claims_by_entity on claims (entity, source, part);

-- What they said before.
create table past_claims (
    id integer not null primary key,
    entity text not null,
    source bigint not null,
    part text not null,
    line bigint not null,
    delivery bigint not null,
    since bigint not null,
    until bigint not null,
    says text not null
);

create index past_claims_by_entity on past_claims (entity, since);

create table sightings (
    asset text not null,
    source bigint not null,
    what text not null,
    first bigint not null,
    last bigint not null,
    primary key (asset, source, what)
) without rowid;

-- By both names of a pair, the lesser first: which of them is the alias, the body tells.
create table links (
    lesser text not null,
    greater text not null,
    link text not null,
    primary key (lesser, greater)
) without rowid;

create index links_by_greater on links (greater);

-- What is in force. The upper part of a number is the division, filled up to nine digits, 0 for none: the entities of a division stand
-- together, and those of all divisions below one are a range of numbers. Name, state and owner are beside the body, for lists. Where one
-- claim alone tells everything, the body is its number: a claim keeps it when it is closed.
create table truths (
    id integer not null primary key,
    entity text not null,
    division text,
    state text not null,
    owner text,
    name text not null,
    truth text not null
);

create unique index truths_by_entity on truths (entity);

create index truths_by_owner on truths (owner) where owner is not null;

-- How many truths there are of a kind in a division, '' for none.
create table division_counts (
    division text not null,
    kind text not null,
    entities bigint not null,
    primary key (division, kind)
) without rowid;

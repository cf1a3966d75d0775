-- The watch over advisories: statements, components, findings, and marks of what is still to be worked off.
-- Products, subjects and vulnerabilities are numbered, since they stand in indexes of many millions of rows. Times are milliseconds since
-- 1970. Bodies are JSON.

-- How many statements a source has made so far: their numbers are never used again.
alter table sources add column statements bigint not null default 0;

-- One row: a number that grows whenever statements change.
create table watch (
    edition bigint not null
);

insert into watch (edition) values (0);

create table products (
    id integer not null primary key,
    product text not null unique
);

-- The upper half of a number is the source, as with claims. A row is never rewritten: what a source changes is a new row.
create table statements (
    id integer not null primary key,
    name text not null,
    delivery bigint not null,
    since bigint not null,
    body text not null
);

-- The names that statements bear (own = 1) or list.
create table statement_names (
    name text not null,
    statement bigint not null,
    own bigint not null,
    primary key (name, statement)
) without rowid;

create table statement_products (
    product bigint not null,
    statement bigint not null,
    primary key (product, statement)
) without rowid;

-- What a subject consists of, whole, since it is put and asked for whole. Without a look, both columns are null.
create table subjects (
    id integer not null primary key,
    subject text not null unique,
    seen bigint,
    components text
);

-- Versions as they were told: JSON.
create table readings (
    id integer not null primary key,
    reading text not null unique
);

-- From a product over its versions to those who hold them: an advisory looks at the versions and reads the holders of some.
create table holds (
    product bigint not null,
    reading bigint not null,
    subject bigint not null,
    primary key (product, reading, subject)
) without rowid;

create table supplier_signs (
    supplier text not null,
    subject bigint not null,
    signs text not null,
    primary key (supplier, subject)
) without rowid;

create index supplier_signs_by_subject on supplier_signs (subject);

create table vulnerabilities (
    id integer not null primary key,
    name text not null unique
);

create table findings (
    id integer not null primary key,
    digest blob not null unique,
    vulnerability bigint not null,
    subject bigint not null,
    certainty bigint not null,
    opened bigint not null,
    confirmed bigint not null,
    closed bigint,
    body text not null
);

create index findings_by_vulnerability on findings (vulnerability, subject, closed);

create index findings_by_subject on findings (subject, closed, certainty, vulnerability);

-- How many findings were opened and closed on a day: a finding that opens again overwrites its former course.
create table finding_days (
    vulnerability bigint not null,
    day text not null,
    opened bigint not null,
    closed bigint not null,
    primary key (vulnerability, day)
) without rowid;

create table notices (
    id integer not null primary key,
    vulnerability bigint not null,
    notice text not null
);

create index notices_by_vulnerability on notices (vulnerability);

-- Marks. A number is never used again, so that taking away a mark never takes away one that was made since.
create table pending_names (
    mark integer not null primary key autoincrement,
    name text not null unique
);

create table pending_subjects (
    mark integer not null primary key autoincrement,
    subject bigint not null unique
);

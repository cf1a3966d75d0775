-- How far sources that are fetched have been read, in the fetcher's own words.

create table marks (
    source bigint not null primary key references sources (id),
    at bigint not null,
    mark text not null
);

-- Raw evidence by the lower-case hexadecimal SHA-256 of its bytes. The rows keep the order of arrival, so that large values are never moved;
-- only the index is written all over.

create table blobs (
    id integer not null primary key,
    digest text not null unique,
    bytes blob not null
);

-- Ledger rows of the first form, which nothing reads any more: claims have taken their place. A ledger that was imported by a build before
-- that has to be imported again.

drop table ledger;

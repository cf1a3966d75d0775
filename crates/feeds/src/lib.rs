//! Fetching what sources deliver: by HTTP with ETag, from S3-compatible buckets, from watched folders, from certificate transparency logs.

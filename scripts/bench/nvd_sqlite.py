#!/usr/bin/env python3
"""The plain way to load NVD's feeds: gzip, json and sqlite3 of Python's own library. Prints the CPU seconds it took.

Usage: nvd_sqlite.py FEED.json.gz...
It keeps less than `mingcha` does: name, severity, and each row of cpeMatch with its span.
"""

import gzip
import json
import sqlite3
import sys
import time


def rows(cve):
    for number, configuration in enumerate(cve.get("configurations", ())):
        for node in configuration["nodes"]:
            for match in node["cpeMatch"]:
                _, _, part, vendor, product, version, *_ = match["criteria"].split(":")
                yield (
                    cve["id"], number, part, vendor, product, version, match["vulnerable"],
                    match.get("versionStartIncluding"), match.get("versionStartExcluding"),
                    match.get("versionEndIncluding"), match.get("versionEndExcluding"),
                )


def severity(cve):
    for metrics in cve.get("metrics", {}).values():
        for metric in metrics:
            return metric["cvssData"].get("baseScore")
    return None


def main(feeds):
    started = time.process_time()
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE cve (id TEXT PRIMARY KEY, score REAL)")
    database.execute(
        "CREATE TABLE affected (id TEXT, configuration INT, part TEXT, vendor TEXT, product TEXT, version TEXT, vulnerable INT,"
        " from_including TEXT, from_excluding TEXT, to_including TEXT, to_excluding TEXT)"
    )
    for feed in feeds:
        with gzip.open(feed) as packed:
            cves = [entry["cve"] for entry in json.load(packed)["vulnerabilities"]]
        database.executemany("INSERT INTO cve VALUES (?, ?)", ((cve["id"], severity(cve)) for cve in cves))
        database.executemany(f"INSERT INTO affected VALUES ({', '.join('?' * 11)})", (row for cve in cves for row in rows(cve)))
    database.execute("CREATE INDEX by_product ON affected (vendor, product)")
    (count,) = database.execute("SELECT count(*) FROM cve").fetchone()
    (matches,) = database.execute("SELECT count(*) FROM affected").fetchone()
    print(f"Python json and sqlite3: {count} CVEs, {matches} rows, {time.process_time() - started:.2f} CPU seconds")


if __name__ == "__main__":
    main(sys.argv[1:])
